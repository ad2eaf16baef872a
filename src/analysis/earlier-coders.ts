// Earlier transcoders, through which features are pulled back to what made them fire.
import { type HookPoint, parseHook } from '../backbones/hook-points.ts';
import { UserError } from '../base/errors.ts';
import { readCoder } from '../sae/checkpoints/read-coder.ts';
import type { SparseCoder } from '../sae/coder.ts';
import { hookPointsOf } from '../sae/hook-points.ts';

/** A coder that writes before another one reads. */
export interface EarlierCoder {
  readonly name: string;
  readonly coder: SparseCoder;
  /** Block that it writes in. */
  readonly layer: number;
}

/**
 * Open the coders called `names`.
 *
 * @throws {UserError} for one that does not say where it belongs, that does not write into the residual stream `dModel`
 * wide, or not before `point`.
 */
export async function openEarlierCoders(
  names: readonly string[],
  options: { point: HookPoint; dModel: number; signal?: AbortSignal | undefined },
): Promise<EarlierCoder[]> {
  const { point, dModel, signal } = options;
  const opened: EarlierCoder[] = [];
  for (const name of names) {
    const coder = await readCoder(name, { ...(signal && { signal }) });
    const { output, layer: inputLayer } = hookPointsOf(coder, `'${name}'`);
    const layer = parseHook(output)?.layer ?? inputLayer;
    if (layer >= (parseHook(point)?.layer ?? Number.POSITIVE_INFINITY)) {
      throw new UserError(`invalid earlier transcoder '${name}': it writes to '${output}'`, {
        hint: `the features read '${point}': name transcoders of the blocks before it`,
      });
    }
    const { dOut } = coder.config;
    if (dOut !== dModel) {
      throw new UserError(
        `invalid earlier transcoder '${name}': it writes ${dOut} numbers, the model has ${dModel}`,
        { hint: 'it belongs to another model, or does not write to the residual stream' },
      );
    }
    opened.push({ name, coder, layer });
  }
  return opened;
}
