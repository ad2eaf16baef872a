// The two kinds of failure: a person's mistake (UserError: one sentence, exit code 2, no stack) and a bug
// (any other error: stack, exit code 1).
import { systemReason } from './system/reasons.ts';

/** A mistake that the person at the keyboard can mend. `message` names the offending value, `hint` says what to do. */
export class UserError extends Error {
  readonly hint: string | undefined;

  constructor(message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(oneLine(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'UserError';
    this.hint = options.hint;
  }
}

/** Longest message: a value out of a file, quoted whole, may have megabytes. */
const MESSAGE_LIMIT = 1000;

/** A message that holds so many characters of its cause's beginning says it already. */
const CAUSE_SAID = 100;

/** Bring a message to one line of bearable length, whatever a file or another program put into it. */
function oneLine(message: string): string {
  const line = message.trim().replace(/\s*[\r\n\u2028\u2029]+\s*/g, ' ');
  return line.length <= MESSAGE_LIMIT ? line : `${line.slice(0, 600)} … ${line.slice(-300)}`;
}

/** Build the error for a name that is not among `known`, naming the closest ones. */
export function unknownName(kind: string, value: string, known: readonly string[]): UserError {
  const near = nearest(value, known);
  const hint =
    near.length > 0
      ? `did you mean ${near.map((name) => `'${name}'`).join(' or ')}?`
      : `known: ${known.slice(0, 12).join(', ')}${known.length > 12 ? ', …' : ''}`;
  return new UserError(`unknown ${kind}: '${value}'`, { hint });
}

/** List the names closest to `value` by edit distance, best first, at most three, none that is far off. */
export function nearest(value: string, known: readonly string[]): string[] {
  const limit = Math.max(2, Math.floor(value.length / 3));
  return known
    .map((name) => ({ name, distance: editDistance(value.toLowerCase(), name.toLowerCase()) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ name }) => name);
}

/** Say an error in one line, with the causes that add something: `message: cause`. The system's refusals are put in words. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('syscall' in error) return systemReason(error) ?? error.message;
  const cause = error.cause === undefined ? '' : describeError(error.cause);
  const isSaid = cause === '' || error.message.includes(cause.slice(0, CAUSE_SAID));
  return oneLine(isSaid ? error.message : `${error.message}: ${cause}`);
}

/** The `code` of a Node system error (`ENOENT`, `ENOSPC` …), or undefined. */
export function errorCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitute = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitute, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
