// A command that runs a job: flags over environment over config file, perhaps as a Slurm batch job, then the work.
import { z } from 'zod';
import { parseFlags, type Setting } from '../../base/config/flags.ts';
import { nothingSet, overlay, type Values } from '../../base/config/layers.ts';
import { layerSources, readConfigFile, resolveConfig } from '../../base/config/load.ts';
import { shapeOf } from '../../base/config/shape.ts';
import { DEVICES, findDevice } from '../../compute/kernels/open.ts';
import type { BatchSettings } from './batch.ts';
import type { Command, CommandContext } from './command.ts';
import { type CommandFlags, type CommandText, jobFlags, printHelp, setLoudness } from './flags.ts';
import { doWork, type Work } from './work.ts';

/** A job as a person asked for it. */
export interface Job<Schema extends z.ZodObject, Flags extends z.ZodRawShape> {
  readonly config: z.output<Schema>;
  /** Values of the flags that belong to the command alone. */
  readonly flags: z.output<z.ZodObject<Flags>> & CommandFlags;
  /** What was set of the job, defaults left out. */
  readonly input: Values;
}

interface JobDefinition<Schema extends z.ZodObject, Flags extends z.ZodRawShape, Result, Ready>
  extends CommandText,
    Work<Ready, Result> {
  /** Settings of the job: they come from flags, environment and config file. */
  readonly schema: Schema;
  /** Flags of the command alone, beside `--config`, `--json`, `--quiet` and `--verbose`. */
  readonly flags?: Flags;
  /** Settings that name one of several things, by path (`ckpt`): which of them is meant. */
  readonly choose?: Readonly<
    Record<string, (value: string | readonly string[], input: Values) => Promise<string>>
  >;
  /** Complete the job before anything is done with it. */
  readonly prepare?: (job: Job<Schema, Flags>) => Ready | Promise<Ready>;
  /** Slurm's settings of the job, and the number of tasks of an array; undefined when it always runs here. */
  readonly batch?: (ready: Ready) => BatchSettings;
}

/** Define a command that runs a job: `train`, `visuals`. */
export function defineJob<
  Schema extends z.ZodObject,
  Result,
  Flags extends z.ZodRawShape = Record<never, never>,
  Ready = Job<Schema, Flags>,
>(definition: JobDefinition<Schema, Flags, Result, Ready>): Command {
  const { name, schema: job, batch } = definition;
  const own = z.strictObject({ ...definition.flags, ...jobFlags });
  const schema = job.extend(own.shape).describe(job.description ?? '');
  return {
    schema,
    job,
    async run(args, context) {
      if (printHelp(args, schema, context, definition)) return;
      const { prepare, choose = {} } = definition;
      const read = await readJob(args, { schema, job, own, choose }, context);
      const asked = read as Job<Schema, Flags>;
      const ready = prepare === undefined ? (asked as Ready) : await prepare(asked);
      if (batch !== undefined) {
        const { runsAsBatch } = await import('./batch.ts');
        if (await runsAsBatch(name, args, batch(ready), context)) return;
      }
      await doWork(definition, ready, asked.flags.json, context);
    },
  };
}

interface Schemas {
  /** Both together. */
  readonly schema: z.ZodObject;
  readonly job: z.ZodObject;
  readonly own: z.ZodObject<typeof jobFlags>;
  readonly choose: NonNullable<JobDefinition<z.ZodObject, never, unknown, unknown>['choose']>;
}

async function readJob(
  args: readonly string[],
  { schema, job, own, choose }: Schemas,
  context: CommandContext,
): Promise<Job<z.ZodObject, typeof jobFlags>> {
  const settings = parseFlags(args, shapeOf(schema));
  const isOwn = ({ path }: Setting): boolean => path[0]! in own.shape;
  const ownTable = shapeOf(own);
  const flags = resolveConfig(own, overlay(nothingSet, settings.filter(isOwn), ownTable), ownTable);
  await setLoudness(flags);
  const table = shapeOf(job);
  const layered = layerSources(table, {
    flags: settings.filter((setting) => !isOwn(setting)),
    environment: context.environment,
    file: flags.config === undefined ? undefined : await namedFile(flags.config),
  });
  const values: Record<string, unknown> = { ...layered.values };
  for (const [name, chosen] of Object.entries(choose)) {
    const value = values[name];
    if (typeof value === 'string' || Array.isArray(value))
      values[name] = await chosen(value, values);
  }
  const config = resolveConfig(job, { ...layered, values }, table);
  await noteDevice(layered.values.device);
  return { config, flags, input: values };
}

async function namedFile(name: string): Promise<{ name: string; values: Values }> {
  return { name, values: await readConfigFile(name) };
}

/** Say what there is to say of the device that was asked for. */
async function noteDevice(device: unknown): Promise<void> {
  if (typeof device !== 'string') return;
  const { note } = findDevice(DEVICES, device);
  if (note === undefined) return;
  const { logger } = await import('../../base/log.ts');
  logger('saev').info(`device ${device}: ${note}`);
}
