// How a command ends: a mistake in one sentence (2), a bug with its stack (1), an interruption with how to go on (130).
import { describeError, UserError } from '../../base/errors.ts';
import { refusalOfSystem } from '../../base/system/refusals.ts';

/** Exit codes of the program. */
export const EXIT = { done: 0, bug: 1, mistake: 2, interrupted: 130 } as const;

/** Why the signal of a command was aborted. */
export class Interruption extends Error {
  constructor(cause: string) {
    super(`interrupted by ${cause}`);
    this.name = 'AbortError';
  }
}

/** A first word that the program does not know. */
export class UsageError extends Error {}

/** Whether `error` is only the consequence of `signal`. */
function isInterruption(error: unknown, signal: AbortSignal): boolean {
  if (!signal.aborted || error instanceof UserError) return false;
  if (error === signal.reason) return true;
  if (!(error instanceof Error)) return false;
  return error.name === 'AbortError' || isInterruption(error.cause, signal);
}

/** Say what ended a command, and with which code. */
export function report(
  error: unknown,
  options: { signal: AbortSignal; resumeHint: string | undefined },
): { code: number; text: string } {
  if (isInterruption(error, options.signal)) {
    const hint = options.resumeHint === undefined ? '' : ` ${options.resumeHint}`;
    return { code: EXIT.interrupted, text: `saev: stopped.${hint}` };
  }
  if (error instanceof UsageError) {
    return {
      code: EXIT.mistake,
      text: `error: ${error.message}\n(saev --help lists the commands)`,
    };
  }
  const mistake = error instanceof UserError ? error : refusalOfSystem(error);
  if (mistake !== undefined) {
    const hint = mistake.hint === undefined ? '' : `\n  ${mistake.hint}`;
    return { code: EXIT.mistake, text: `saev: ${describeError(mistake)}${hint}` };
  }
  const stack = error instanceof Error ? (error.stack ?? String(error)) : String(error);
  const causes = stackOfCauses(error);
  return { code: EXIT.bug, text: `saev: this is a bug in saev\n${stack}${causes}` };
}

function stackOfCauses(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause === undefined) return '';
  const stack = cause instanceof Error ? (cause.stack ?? String(cause)) : String(cause);
  return `\ncaused by ${stack}${stackOfCauses(cause)}`;
}
