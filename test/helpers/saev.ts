// Runs the program as a person does, in a process of its own.
import { execFile } from 'node:child_process';
import { join } from 'node:path';

/** Root of the repository, and the program in it. */
export const root: string = new URL('../..', import.meta.url).pathname;
export const program: string = join(root, 'bin/saev.js');

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Run the program to its end. */
export function saev(
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<Ended> {
  return new Promise((done) => {
    const env = { ...process.env, ...options.env };
    const child = execFile(
      process.execPath,
      [program, ...args],
      { ...options, env },
      (_, stdout, stderr) => done({ code: child.exitCode, stdout, stderr }),
    );
  });
}

/** What stands on stderr beside advice: that runs of a few steps are no good, and what packing leaves out. */
export function withoutAdvice(stderr: string): string {
  return stderr.replace(/^\S+ (train|activations) +warning: .*\n/gm, '');
}
