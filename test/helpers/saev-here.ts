// Runs the program within the process of the test: for what commands do, where it is not the process that is tested.
import { reset } from '@logtape/logtape';
import { silenceProgress } from '../../src/base/progress.ts';
import { COMMANDS } from '../../src/cli/commands.ts';
import { dispatch } from '../../src/cli/program/dispatch.ts';
import { EXIT, report } from '../../src/cli/program/exit.ts';
import type { Ended } from './saev.ts';

/** Run the program with these words, and tell what it printed and how it would have ended. One at a time. */
export async function saevHere(args: readonly string[]): Promise<Ended> {
  const { signal } = new AbortController();
  let [code, stdout, stderr]: [number, string, string] = [EXIT.done, '', ''];
  let resumeHint: string | undefined;
  const write = process.stderr.write;
  process.stderr.write = (text: string | Uint8Array): boolean => {
    stderr += text;
    return true;
  };
  try {
    await dispatch(args, COMMANDS, {
      signal,
      environment: process.env,
      print: (line) => {
        stdout += `${line}\n`;
      },
      whenInterrupted: (hint) => {
        resumeHint = hint;
      },
    });
  } catch (error) {
    const ending = report(error, { signal, resumeHint });
    code = ending.code;
    stderr += `${ending.text}\n`;
  } finally {
    process.stderr.write = write;
    silenceProgress(true);
    await reset();
  }
  return { code, stdout, stderr };
}
