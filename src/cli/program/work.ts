// The work of a command once it knows what to do, and how its result is printed.
import type { CommandContext } from './command.ts';

/** What the work gets beside what to do. */
interface WorkOptions {
  /** Aborted when the command should stop. */
  readonly signal: AbortSignal;
  /** Print a line of the result before the end; with `--json` it is left out. */
  readonly say: (line: string) => void;
  /** Print what is to be known at once: a line of JSON with `--json`, nothing for undefined, and lines for people otherwise. */
  readonly announce: (value: unknown, lines: readonly string[]) => void;
}

/** What a command does, from `Ready`, which says what to do, to what it prints. */
export interface Work<Ready, Result> {
  /** How to go on after Ctrl-C, as a sentence. */
  readonly whenInterrupted?: string;
  /** Do it. Heavy modules are imported here, so that help loads none of them. */
  readonly run: (ready: Ready, options: WorkOptions) => Promise<Result>;
  /** What `--json` prints at the end; nothing for undefined. @default the result itself */
  readonly data?: (result: Result, ready: Ready) => unknown;
  /** Spread that JSON over lines, for results that are read more than piped. */
  readonly spread?: boolean;
  /** The result for people. */
  readonly lines: (result: Result, ready: Ready) => readonly string[] | Promise<readonly string[]>;
  /** Throw here when a result, now printed, is to end the command as a mistake. */
  readonly judge?: (result: Result) => void;
}

/** Do the work of a command and print its result, as JSON or for people. */
export async function doWork<Ready, Result>(
  { whenInterrupted, run, data, spread, lines, judge }: Work<Ready, Result>,
  ready: Ready,
  json: boolean,
  context: CommandContext,
): Promise<void> {
  if (whenInterrupted !== undefined) context.whenInterrupted(whenInterrupted);
  const say = json ? () => undefined : context.print;
  const printJson = (value: unknown): void => {
    const text = JSON.stringify(value, undefined, spread ? 2 : undefined);
    if (text !== undefined) context.print(text);
  };
  const announce = (value: unknown, said: readonly string[]): void => {
    if (json) printJson(value);
    else for (const line of said) context.print(line);
  };
  const result = await run(ready, { signal: context.signal, say, announce });
  if (json) printJson(data === undefined ? result : data(result, ready));
  else {
    for (const line of await lines(result, ready)) context.print(line);
  }
  judge?.(result);
}
