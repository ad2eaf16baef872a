// From the arguments of a command to what it should do: help, how loud to be, flags, config file, environment.
import { z } from 'zod';
import { parseFlags, type Setting } from '../base/config/flags.ts';
import { helpText } from '../base/config/help.ts';
import { nothingSet, overlay, type Values } from '../base/config/layers.ts';
import { layerSources, readConfigFile, resolveConfig } from '../base/config/load.ts';
import { shapeOf } from '../base/config/shape.ts';
import { silenceProgress } from '../base/progress.ts';
import { DEVICES, findDevice } from '../compute/kernels/open.ts';
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

/** What help says around the flags. */
export interface CommandText {
  /** `inspect PATH [flags]` */
  readonly usage: string;
  readonly notes?: readonly string[];
}

/** Read the flags of a command that is no job; undefined when help was asked for and printed. */
export async function readFlags<Schema extends z.ZodObject<typeof commandFlags>>(
  args: readonly string[],
  context: CommandContext,
  options: CommandText & { readonly schema: Schema },
): Promise<z.output<Schema> | undefined> {
  const { schema } = options;
  if (printHelp(args, schema, context, options)) return undefined;
  const table = shapeOf(schema);
  const layered = overlay(nothingSet, parseFlags(args, table), table);
  const flags = resolveConfig(schema, layered, table);
  await setLoudness(flags);
  return flags;
}

/** A resolved job, the flags that belong to the command, and what a person set of the job, defaults left out. */
export interface Job<Config, Flags> {
  readonly config: Config;
  readonly flags: Flags;
  readonly input: Values;
}

/**
 * Resolve the job of a command: `schema` says what a job is, `flags` what belongs to the command alone. Flags win over
 * the environment, that over the config file. Undefined when help was asked for and printed.
 */
export async function readJob<
  Schema extends z.ZodObject,
  Flags extends z.ZodObject<typeof jobFlags>,
>(
  args: readonly string[],
  context: CommandContext,
  options: CommandText & { readonly schema: Schema; readonly flags: Flags },
): Promise<Job<z.output<Schema>, z.output<Flags>> | undefined> {
  const { schema } = options;
  const both = schema.extend(options.flags.shape).describe(schema.description ?? '');
  if (printHelp(args, both, context, options)) return undefined;
  const settings = parseFlags(args, shapeOf(both));
  const isOwn = ({ path }: Setting): boolean => path[0]! in options.flags.shape;
  const ownTable = shapeOf(options.flags);
  const flags = resolveConfig(
    options.flags,
    overlay(nothingSet, settings.filter(isOwn), ownTable),
    ownTable,
  );
  const { config: path, ...loudness } = flags as Loudness & { config?: string };
  await setLoudness(loudness);
  const table = shapeOf(schema);
  const layered = layerSources(table, {
    flags: settings.filter((setting) => !isOwn(setting)),
    environment: context.environment,
    file: path === undefined ? undefined : { name: path, values: await readConfigFile(path) },
  });
  const config = resolveConfig(schema, layered, table);
  await noteDevice(layered.values.device);
  return { config, flags, input: layered.values };
}

/** Say what there is to say of the device that was asked for. */
async function noteDevice(device: unknown): Promise<void> {
  if (typeof device !== 'string') return;
  const { note } = findDevice(DEVICES, device);
  if (note === undefined) return;
  const { logger } = await import('../base/log.ts');
  logger('saev').info(`device ${device}: ${note}`);
}

function printHelp(
  args: readonly string[],
  schema: z.ZodType,
  context: CommandContext,
  { usage, notes }: CommandText,
): boolean {
  if (!args.includes('--help') && !args.includes('-h')) return false;
  const text = helpText(shapeOf(schema), {
    usage: `saev ${usage}`,
    columns: context.columns,
    notes,
  });
  context.print(text.trimEnd());
  return true;
}

interface Loudness {
  readonly quiet: boolean;
  readonly verbose: boolean;
}

/** Send the library's log to standard error, at the level that the flags ask for. */
async function setLoudness({ quiet, verbose }: Loudness): Promise<void> {
  const { configureLogging } = await import('../base/log.ts');
  silenceProgress(quiet);
  await configureLogging(verbose ? 'debug' : quiet ? 'warning' : 'info', (line) => {
    process.stderr.write(`${line}\n`);
  });
}
