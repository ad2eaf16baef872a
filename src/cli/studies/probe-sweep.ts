// Sweeps of heads: files with lists of learning rates and weight decays, all else being shared.
import { z } from 'zod';
import { nothingSet, overlay, settingsOf, type Values } from '../../base/config/layers.ts';
import { readConfigFile, resolveConfig } from '../../base/config/load.ts';
import { canonical } from '../../base/config/names.ts';
import { shapeOf } from '../../base/config/shape.ts';
import { UserError } from '../../base/errors.ts';

/** Settings of which a sweep may have several values. */
const SWEPT = new Set(['learningRate', 'weightDecay'].map(canonical));

/** The flag that names a sweep. */
export const sweepFlag = {
  sweep: z
    .string()
    .min(1)
    .optional()
    .describe(
      'TOML or JSON file with lists of learning_rate and weight_decay, laid over all other settings.',
    )
    .meta({ group: 'Command' }),
};

/**
 * Lay the file of a sweep over the settings of a job.
 * @throws {UserError} for a list of anything that heads share, and for settings that the job does not have.
 */
export async function withSweep<Schema extends z.ZodObject>(
  schema: Schema,
  { config, input }: { readonly config: z.output<Schema>; readonly input: Values },
  file: string | undefined,
): Promise<z.output<Schema>> {
  if (file === undefined) return config;
  const table = shapeOf(schema);
  const sweep = Object.fromEntries(
    Object.entries(await readConfigFile(file)).map(([name, value]) => [
      name,
      sweptValue(name, value, file),
    ]),
  );
  const below = overlay(nothingSet, settingsOf(input, table, 'settings'), table);
  return resolveConfig(schema, overlay(below, settingsOf(sweep, table, file), table), table);
}

/** What is swept becomes a list; a list of one stands for its value; other lists are of something that heads share. */
function sweptValue(name: string, value: unknown, file: string): unknown {
  if (SWEPT.has(canonical(name))) return Array.isArray(value) ? value : [value];
  if (!Array.isArray(value)) return value;
  if (value.length === 1) return value[0] as unknown;
  throw new UserError(
    `invalid sweep: '${file}' gives ${name} ${value.length} values, and heads that are trained together share it`,
    { hint: 'sweep learning_rate and weight_decay, and train once for each value of the rest' },
  );
}
