// How inputs of a coder were centred and scaled, where its file does not say it and a person does.
import { z } from 'zod';
import { DataLoad } from '../activations/config.ts';
import { readVector } from '../activations/shards/vector-file.ts';
import { UserError } from '../base/errors.ts';
import type { InputNormalization, SparseCoder } from '../sae/coder.ts';
import { withNormalization } from '../sae/normalization.ts';

/** Settings that say it. */
export const inputScaleFields = {
  shardRoot: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Recorded activations whose mean and scale inputs had, where the checkpoint does not say it.',
    ),
  layer: z
    .union([z.int(), z.string().min(1)])
    .default(-2)
    .describe('Layer or hook point of those.'),
  scaleMean: z
    .string()
    .min(1)
    .optional()
    .describe('File with the mean of inputs, where the checkpoint does not say it.'),
  scaleNorm: z
    .union([z.number().positive(), z.string().min(1)])
    .optional()
    .describe(
      'What centred inputs were divided by, where the checkpoint does not say it, or a file with it.',
    ),
};

type InputScale = z.output<z.ZodObject<typeof inputScaleFields>>;

/**
 * Give a coder the normalisation that the settings say; without any it stays as it is.
 * @throws {UserError} for a coder whose file says it, and for means and activations of another width
 */
export async function withInputScale(
  coder: SparseCoder,
  { shardRoot, layer, scaleMean, scaleNorm }: InputScale,
  signal?: AbortSignal,
): Promise<SparseCoder> {
  if (shardRoot === undefined && scaleMean === undefined && scaleNorm === undefined) return coder;
  const { dIn, isScaleUnsaid } = coder.config;
  if (!isScaleUnsaid) {
    throw new UserError('the checkpoint says itself how its inputs are centred and scaled', {
      hint: 'leave --shard-root, --scale-mean and --scale-norm out; saev inspect tells what it says',
    });
  }
  const ofData =
    shardRoot === undefined
      ? {}
      : await ofShards({ shardRoot, layer, scaleMean, scaleNorm }, signal);
  const mean = scaleMean === undefined ? ofData.mean : await readVector(scaleMean);
  const scale = await scaleOf(scaleNorm, ofData.scale);
  if (mean !== undefined && mean.length !== dIn) {
    throw new UserError(`invalid mean of inputs: ${mean.length} numbers, the coder takes ${dIn}`);
  }
  return withNormalization(coder, { ...(mean && { mean }), ...(scale && { scale }) });
}

/** What the activations themselves say; nothing is computed of what is given otherwise. */
async function ofShards(
  { shardRoot, layer, scaleMean, scaleNorm }: InputScale & { readonly shardRoot: string },
  signal: AbortSignal | undefined,
): Promise<InputNormalization> {
  const data = DataLoad.parse({
    shardRoot,
    layer,
    scaleMean: scaleMean ?? true,
    scaleNorm: scaleNorm === undefined,
  });
  const { openSource } = await import('../activations/source.ts');
  const { source, scaling } = await openSource(data, { ...(signal && { signal }) });
  await source.close();
  return { ...(scaling.mean && { mean: scaling.mean }), scale: scaling.scalar };
}

async function scaleOf(
  said: number | string | undefined,
  ofData: number | undefined,
): Promise<number | undefined> {
  if (typeof said !== 'string') return said ?? ofData;
  const numbers = await readVector(said);
  if (numbers.length === 1 && numbers[0]! > 0) return numbers[0]!;
  throw new UserError(`invalid scale of inputs: '${said}' holds ${numbers.length} numbers`, {
    hint: 'expected one above 0',
  });
}
