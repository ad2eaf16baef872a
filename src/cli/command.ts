// What a command gets from the program around it.

/** The surroundings of a running command. */
export interface CommandContext {
  /** Aborted by Ctrl-C or SIGTERM: stop soon, keep what was done. */
  readonly signal: AbortSignal;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Columns of the terminal. */
  readonly columns: number;
  /** Write a line of the command's result. */
  print(line: string): void;
  /** Set the sentence that tells how to go on after an interruption. */
  whenInterrupted(hint: string): void;
}

/** Run a command with the arguments after its name. */
export type RunCommand = (args: readonly string[], context: CommandContext) => Promise<void>;

/** A command that does nothing but what its name says when it is loaded. */
export interface CommandModule {
  readonly run: RunCommand;
}
