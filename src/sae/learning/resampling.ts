// New life for dead latents: pointed at inputs that the coder reconstructs badly (Bricken et al. 2023, "Neuron
// resampling"; sae_training/sparse_autoencoder.py of transcoder-circuits).
import { UserError } from '../../base/errors.ts';
import type { Random } from '../../base/random.ts';
import type { DeviceCoder, InputBias } from '../../compute/kernels/types.ts';

/**
 * `anthropic`: inputs as they are, drawn by how much the model's loss rises when the coder stands in; `l2`: inputs
 * without their bias, drawn by squared error.
 */
export type ResamplingMethod = 'anthropic' | 'l2';

/** How dead latents are started anew. */
export interface ResampleOptions {
  readonly method: ResamplingMethod;
  /** Norm of the new encoder rows, as a share of the mean norm of the others. @default 0.2 */
  readonly scale?: number;
}

/** Rows that dead latents are pointed at. */
export interface ResampleRows {
  /** `[rows, dIn]` */
  readonly inputs: Float32Array;
  /** `[rows, dOut]`: what is to be reconstructed; the inputs when undefined. */
  readonly targets?: Float32Array | undefined;
}

/** Bias of resampled latents when no other latent is alive: they must not all fire at once. */
const BIAS_WITHOUT_OTHERS = -5;

/**
 * Draw which rows dead latents are pointed at, by their losses `[rows]`. `anthropic`: in proportion to the loss, each
 * row once, so no more than there are rows with a loss; `l2`: in proportion to its square, rows more than once.
 * Losses that are not positive are never drawn: where none is, nothing is.
 */
export function drawRows(
  losses: ArrayLike<number>,
  count: number,
  { method, random }: { readonly method: ResamplingMethod; readonly random: Random },
): Uint32Array {
  const once = method === 'anthropic';
  const weights = Float64Array.from(losses, (loss) => (loss > 0 ? (once ? loss : loss ** 2) : 0));
  let total = weights.reduce((sum, weight) => sum + weight, 0);
  const drawn: number[] = [];
  while (drawn.length < count && total > 0) {
    const row = rowAt(weights, random.float() * total);
    drawn.push(row);
    if (!once) continue;
    weights[row] = 0;
    total = weights.reduce((sum, weight) => sum + weight, 0);
  }
  return Uint32Array.from(drawn);
}

/** The row where the running sum of weights passes `at`. */
function rowAt(weights: Float64Array, at: number): number {
  let last = 0;
  let sum = 0;
  for (const [row, weight] of weights.entries()) {
    if (weight === 0) continue;
    last = row;
    sum += weight;
    if (sum > at) break;
  }
  return last;
}

/**
 * Replace latents: the encoder row becomes the direction of input i at `scale` times the mean norm of the rows that
 * stay, the decoder row the direction of target i, the bias 0; their Adam moments 0. With no other latent alive the
 * norm is `scale`, and the bias −5 (anthropic).
 * @throws {UserError} when there are no targets and dIn ≠ dOut.
 * @throws {RangeError} when there is not one row a latent.
 */
export async function resampleLatents(
  device: DeviceCoder,
  chosen: ResampleRows & {
    readonly latents: Uint32Array;
    readonly inputBias: InputBias;
    /** Whether latents have gates. */
    readonly gated: boolean;
  },
  { method, scale = 0.2 }: ResampleOptions,
): Promise<void> {
  const { dIn, dOut, dSae } = device.shape;
  const { latents, inputs, targets, inputBias } = chosen;
  if (targets === undefined && dIn !== dOut) {
    throw new UserError(
      `unsupported resampling: inputs of ${dIn} numbers give no decoder rows of ${dOut}`,
      { hint: 'leave deadLatentAim out, so that they are taken from the targets' },
    );
  }
  if (inputs.length !== latents.length * dIn) {
    throw new RangeError(
      `resample: expected inputs [${latents.length}, ${dIn}], got ${inputs.length} numbers`,
    );
  }
  if (targets !== undefined && targets.length !== latents.length * dOut) {
    throw new RangeError(
      `resample: expected targets [${latents.length}, ${dOut}], got ${targets.length} numbers`,
    );
  }
  if (latents.length === 0) return;
  const bias =
    method === 'l2' && inputBias !== 'none'
      ? await device.read(inputBias === 'own' ? 'bIn' : 'bDec')
      : new Float32Array(dIn);
  const outputBias = method === 'l2' ? await device.read('bDec') : new Float32Array(dOut);
  const wEnc = await device.read('wEnc');
  const bEnc = await device.read('bEnc');
  const wDec = await device.read('wDec');
  const norm = scale * meanNormOfOthers(wEnc, dSae, latents);
  const alone = latents.length === dSae;
  latents.forEach((latent, k) => {
    const direction = unit(Float64Array.from(bias, (b, i) => inputs[k * dIn + i]! - b));
    const towards =
      targets === undefined
        ? direction
        : unit(Float64Array.from(outputBias, (b, i) => targets[k * dOut + i]! - b));
    wDec.set(towards, latent * dOut);
    wEnc.set(
      direction.map((value) => value * norm),
      latent * dIn,
    );
    bEnc[latent] = alone && method === 'anthropic' ? BIAS_WITHOUT_OTHERS : 0;
  });
  await device.write('wEnc', wEnc);
  await device.write('bEnc', bEnc);
  await device.write('wDec', wDec);
  const ofGates = chosen.gated ? (['rMag', 'bMag'] as const) : [];
  for (const name of ofGates) {
    const values = await device.read(name);
    // Codes begin where gates do.
    for (const latent of latents) values[latent] = name === 'bMag' ? bEnc[latent]! : 0;
    await device.write(name, values);
  }
  for (const name of ['wEnc', 'bEnc', 'wDec', ...ofGates] as const) {
    for (const moment of [`${name}.m`, `${name}.v`] as const) {
      const values = await device.read(moment);
      const width = values.length / dSae;
      for (const latent of latents) values.fill(0, latent * width, (latent + 1) * width);
      await device.write(moment, values);
    }
  }
}

/** Mean norm of the encoder rows of all other latents; 1 when there are none. */
function meanNormOfOthers(wEnc: Float32Array, dSae: number, latents: Uint32Array): number {
  const dIn = wEnc.length / dSae;
  const chosen = new Set(latents);
  let sum = 0;
  for (let s = 0; s < dSae; s++) {
    if (!chosen.has(s)) sum += Math.hypot(...wEnc.subarray(s * dIn, (s + 1) * dIn));
  }
  return chosen.size === dSae ? 1 : sum / (dSae - chosen.size);
}

function unit(row: Float64Array): Float64Array {
  const length = Math.hypot(...row);
  return length > 0 ? row.map((value) => value / length) : row;
}
