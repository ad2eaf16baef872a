// What a command is, and what it gets from the program around it.
import type { z } from 'zod';

/** The surroundings of a running command. */
export interface CommandContext {
  /** Aborted by Ctrl-C or SIGTERM: stop soon, keep what was done. */
  readonly signal: AbortSignal;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Columns of the terminal; undefined when the output goes elsewhere. */
  readonly columns?: number;
  /** Write a line of the command's result. */
  print(line: string): void;
  /** Set the sentence that tells how to go on after an interruption. */
  whenInterrupted(hint: string): void;
}

/** A command, as `defineJob` and `defineCommand` make it. */
export interface Command {
  /** All that can be given to it; flags and help come from here. */
  readonly schema: z.ZodObject;
  /** The part that config files and the environment can give, too; undefined when it is no job. */
  readonly job?: z.ZodObject;
  /** Run it with the arguments after its name. */
  readonly run: (args: readonly string[], context: CommandContext) => Promise<void>;
}

/** A command in the program's list. */
export interface CommandEntry {
  readonly name: string;
  /** What it does, in one line of help. */
  readonly summary: string;
  /** Load its module, which happens only when it runs: help costs nothing but the list. */
  readonly load: () => Promise<{ readonly command: Command }>;
}

/** Several commands under one word: `saev semseg train`, `saev semseg validate`. */
export interface CommandGroup {
  readonly name: string;
  readonly summary: string;
  readonly commands: readonly CommandEntry[];
}

/** What the program's list holds. */
export type Listed = CommandEntry | CommandGroup;

/** Tell a group of commands from a command. */
export function isGroup(listed: Listed): listed is CommandGroup {
  return 'commands' in listed;
}

/** List the commands themselves, those of groups under both of their words. */
export function singleCommands(list: readonly Listed[]): CommandEntry[] {
  return list.flatMap((listed) =>
    isGroup(listed)
      ? listed.commands.map((entry) => ({ ...entry, name: `${listed.name} ${entry.name}` }))
      : [listed],
  );
}
