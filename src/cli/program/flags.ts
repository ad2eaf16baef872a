// Flags that many commands share, the answer to --help, and how loud a command is.
import { z } from 'zod';
import { helpText } from '../../base/config/help.ts';
import { shapeOf } from '../../base/config/shape.ts';
import { silenceProgress } from '../../base/progress.ts';
import type { CommandContext } from './command.ts';

const group = { group: 'Command' };

/** Flags of every command. */
export const commandFlags = {
  json: z.boolean().default(false).describe('Print the result as JSON.').meta(group),
  quiet: z
    .boolean()
    .default(false)
    .describe('Say nothing but warnings, errors and the result.')
    .meta(group),
  verbose: z.boolean().default(false).describe('Say in detail what is done.').meta(group),
};

/** Values of the flags of every command. */
export interface CommandFlags {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
}

/** Flags of every command that runs a job. */
export const jobFlags = {
  config: z
    .string()
    .min(1)
    .optional()
    .describe('TOML or JSON file with settings; the environment and flags win over it.')
    .meta(group),
  ...commandFlags,
};

/** What help says of a command, beside its flags. */
export interface CommandText {
  /** Words that call it: `train`, `demo language`. */
  readonly name: string;
  /** What follows them. @default '[flags]' */
  readonly usage?: string;
  /** Paragraphs for the end. */
  readonly notes?: readonly string[];
}

/** Print a command's help when it is asked for; tells whether it was. */
export function printHelp(
  args: readonly string[],
  schema: z.ZodObject,
  context: CommandContext,
  { name, usage = '[flags]', notes }: CommandText,
): boolean {
  if (!args.includes('--help') && !args.includes('-h')) return false;
  const { columns } = context;
  const text = helpText(shapeOf(schema), { usage: `saev ${name} ${usage}`, columns, notes });
  context.print(text.trimEnd());
  return true;
}

/** Send the library's log to standard error, at the level that the flags ask for. */
export async function setLoudness({
  quiet,
  verbose,
}: Pick<CommandFlags, 'quiet' | 'verbose'>): Promise<void> {
  const { configureLogging } = await import('../../base/log.ts');
  silenceProgress(quiet);
  await configureLogging(verbose ? 'debug' : quiet ? 'warning' : 'info', (line) => {
    process.stderr.write(`${line}\n`);
  });
}
