// The program as a process: its streams, its signals, and the four ways in which it ends.
import { writeSync } from 'node:fs';
import { COMMANDS } from './commands.ts';
import type { CommandContext } from './program/command.ts';
import { dispatch } from './program/dispatch.ts';
import { EXIT, Interruption, report } from './program/exit.ts';

/** Run the program with the arguments after its name, then end the process. */
export async function main(args: readonly string[]): Promise<void> {
  process.stdout.on('error', endOnBrokenPipe);
  process.stderr.on('error', endOnBrokenPipe);
  const stop = new AbortController();
  let resumeHint: string | undefined;
  const context: CommandContext = {
    signal: stop.signal,
    environment: process.env,
    columns: process.stdout.columns,
    print: (line) => void process.stdout.write(`${line}\n`),
    whenInterrupted: (hint) => {
      resumeHint = hint;
    },
  };
  stopOnSignals(stop);
  // What no promise waits for, an event of a stream, ends the program in the same words as everything else.
  process.on('uncaughtException', (error) => {
    const ending = report(error, { signal: stop.signal, resumeHint });
    try {
      writeSync(2, `${ending.text}\n`);
    } finally {
      process.exit(ending.code);
    }
  });
  let code: number = EXIT.done;
  try {
    await dispatch(args, COMMANDS, context);
  } catch (error) {
    const ending = report(error, { signal: stop.signal, resumeHint });
    code = ending.code;
    process.stderr.write(`${ending.text}\n`);
  }
  await drain(process.stdout);
  await drain(process.stderr);
  process.exit(code);
}

/** The first Ctrl-C asks the command to stop, the second ends the process at once. */
function stopOnSignals(stop: AbortController): void {
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(EXIT.interrupted);
      process.stderr.write(
        `\nsaev: stopping${name === 'SIGINT' ? '; Ctrl-C again stops at once' : ''}\n`,
      );
      stop.abort(new Interruption(name));
    });
  }
}

function endOnBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(EXIT.done);
  throw error;
}

/** Wait until what was written has left the process; exiting before would cut it off. */
function drain(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((done) => {
    stream.write('', () => done());
  });
}
