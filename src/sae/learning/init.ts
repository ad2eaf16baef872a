// The weights that training starts from.
import { UserError } from '../../base/errors.ts';
import { Random } from '../../base/random.ts';
import type { CoderWeights } from '../coder.ts';
import { shiftInputs } from '../fold.ts';

/** Sizes of a new coder, and what is known of its start. */
export interface InitOptions {
  readonly dIn: number;
  readonly dOut: number;
  readonly dSae: number;
  readonly seed: number;
  /** Where b_dec starts, `[dOut]`; zero when undefined. */
  readonly bDec?: Float32Array;
  /** Where an input bias of its own starts, `[dIn]`; none when undefined. */
  readonly bIn?: Float32Array;
  /** Draw the encoder apart from the decoder, or start it as the decoder transposed (needs dIn = dOut). @default 'drawn' */
  readonly encoder?: 'drawn' | 'transposed';
  /** Norm of decoder rows, and of the encoder's where they are the decoder's; as drawn when undefined. */
  readonly norm?: number | undefined;
  /** Rows of data that latents point at from the start, and their share in the direction: 0.8 in saev. */
  readonly data?: { readonly rows: StartRows; readonly blend: number } | undefined;
}

/** A row of data for each latent. */
export interface StartRows {
  /** `[dSae, dIn]` */
  readonly inputs: Float32Array;
  /** `[dSae, dOut]`: what is to be reconstructed; the inputs when undefined. */
  readonly targets?: Float32Array | undefined;
}

/** Weights that training starts from: those of a coder, and what is subtracted from inputs where that is its own. */
export interface InitialWeights extends CoderWeights {
  /** `[dIn]` */
  readonly bIn?: Float32Array;
}

/**
 * Draw the weights of a new coder as PyTorch's `kaiming_uniform_` does: uniform in `±√(6 / fan)`, where the fan is
 * dSae for W_enc `[dIn, dSae]` and dOut for W_dec `[dSae, dOut]` (He et al. 2015). Biases are zero. Where latents start at
 * rows of data, a row of a matrix is `blend` times the direction of `row − bias` and the rest what was drawn, both of length
 * 1, at the norm that the drawn row had.
 * @throws {UserError} for an encoder that is to be the decoder transposed where dIn ≠ dOut.
 */
export function initWeights(options: InitOptions): InitialWeights {
  const { dIn, dOut, dSae, seed, bDec, bIn, encoder = 'drawn', norm, data } = options;
  if (encoder === 'transposed' && dIn !== dOut) {
    throw new UserError(
      `unsupported start: decoder rows of ${dOut} numbers are no encoder rows of ${dIn}`,
      { hint: 'draw the encoder by itself (sae.encoderStart drawn)' },
    );
  }
  const wDec = uniform(dSae * dOut, Math.sqrt(6 / dOut), new Random(seed, 'W_dec'));
  if (data !== undefined) {
    const { inputs, targets = inputs } = data.rows;
    blendRows(wDec, targets, { d: dOut, blend: data.blend, bias: bDec });
  }
  if (norm !== undefined) scaleRows(wDec, dOut, norm);
  const isTransposed = encoder === 'transposed';
  const wEnc = isTransposed
    ? wDec.slice()
    : uniform(dSae * dIn, Math.sqrt(6 / dSae), new Random(seed, 'W_enc'));
  if (data !== undefined && !isTransposed) {
    blendRows(wEnc, data.rows.inputs, { d: dIn, blend: data.blend, bias: bIn });
  }
  return {
    wEnc,
    bEnc: new Float32Array(dSae),
    wDec,
    bDec: bDec === undefined ? new Float32Array(dOut) : Float32Array.from(bDec),
    ...(bIn === undefined ? {} : { bIn: Float32Array.from(bIn) }),
  };
}

function uniform(length: number, bound: number, random: Random): Float32Array {
  const values = new Float32Array(length);
  for (let i = 0; i < length; i++) values[i] = random.uniform(-bound, bound);
  return values;
}

/** Turn each row of `weights [n, d]` towards a row of data, in place; rows that are nothing but the bias turn nothing. */
function blendRows(
  weights: Float32Array,
  rows: Float32Array,
  { d, blend, bias }: { d: number; blend: number; bias: Float32Array | undefined },
): void {
  for (let from = 0; from < weights.length; from += d) {
    const drawn = weights.subarray(from, from + d);
    const towards = Float64Array.from(drawn, (_, i) => rows[from + i]! - (bias?.[i] ?? 0));
    const [length, far] = [Math.hypot(...drawn), Math.hypot(...towards)];
    if (!(length > 0) || !(far > 0)) continue;
    for (let i = 0; i < d; i++)
      drawn[i] = blend * (towards[i]! / far) + (1 - blend) * (drawn[i]! / length);
    scaleRows(drawn, d, length);
  }
}

/** Bring the rows of `[n, d]` to a norm, in place; a row of zeros stays. */
function scaleRows(weights: Float32Array, d: number, norm: number): void {
  for (let from = 0; from < weights.length; from += d) {
    const length = Math.hypot(...weights.subarray(from, from + d));
    if (length > 0) for (let i = from; i < from + d; i++) weights[i]! *= norm / length;
  }
}

/** Weights without an input bias that give the same codes: `b_enc − b_in W_enc`, and what follows for gates. */
export function foldInputBias({ bIn, ...weights }: InitialWeights): CoderWeights {
  if (bIn === undefined) return weights;
  return shiftInputs(weights, bIn, -1);
}
