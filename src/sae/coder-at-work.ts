// A coder at work on given kernels: activations as the model has them in, sparse codes out, and back again. Nothing here
// is Node's: pages in a browser use it, too.
import { UserError } from '../base/errors.ts';
import { number } from '../base/text.ts';
import type { BatchSums, Kernels } from '../compute/kernels/types.ts';
import type { SparseRows } from '../compute/sparse-rows.ts';
import {
  type CoderConfig,
  type InputNormalization,
  isTranscoder,
  type SparseCoder,
} from './coder.ts';
import { denormalizeOutputs, estimateNormalization, normalizeInputs } from './normalization.ts';
import { loadCoder } from './scaled-coder.ts';

/** Rows that an estimate of the scale needs. */
const FEWEST_ROWS = 32;
/** What is said of a coder whose file leaves its scale open. */
export const UNSAID = 'the checkpoint does not say how its inputs were centred and scaled';

/**
 * A coder at work, and its data. Activations go in and come out on the model's own scale: the normalisation that the
 * coder was trained with is applied inside. Only what is called scaled takes rows on the scale of training.
 */
export interface Coder extends SparseCoder {
  readonly dIn: number;
  readonly dOut: number;
  readonly dSae: number;
  /** Codes `[rows, dSae]` of `acts [rows, dIn]`. */
  encode(acts: Float32Array): Promise<SparseRows>;
  /** The same of rows that have been scaled already, as recorded ones are when they are read for training. */
  encodeScaled(acts: Float32Array): Promise<SparseRows>;
  /**
   * Reconstruct from codes `[rows, dSae]`, as `encode` gave them or changed: `x̂ [rows, dOut]`. A skip connection needs
   * the inputs too, `[rows, dIn]`.
   * @throws {RangeError} when it does not get them, and for codes of another coder
   */
  decode(codes: SparseRows, acts?: Float32Array): Promise<Float32Array>;
  /** Encode `acts [rows, dIn]` and decode again: `x̂ [rows, dOut]`, with the skip connection where there is one. */
  reconstruct(acts: Float32Array): Promise<Float32Array>;
  /** Codes of `acts [rows, dIn]` and the sums of their reconstruction of `targets [rows, dOut]` (`acts` if undefined). */
  evaluate(acts: Float32Array, targets?: Float32Array): Promise<CodesAndSums>;
  /** The same of rows that have been scaled already, with errors on that scale. */
  evaluateScaled(acts: Float32Array, targets?: Float32Array): Promise<CodesAndSums>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Codes and how well they reconstruct. */
export interface CodesAndSums {
  readonly codes: SparseRows;
  readonly sums: BatchSums;
}

/**
 * Set a coder to work on kernels, which take `maxRows` rows at a time.
 * @throws {UserError} when it does not fit their memory
 */
export async function coderAtWork(
  coder: SparseCoder,
  options: {
    readonly kernels: Kernels;
    readonly maxRows: number;
    /** Called when the coder is closed. */
    readonly closeKernels?: () => Promise<void>;
    /** Told when the scale had to be estimated from the first rows. */
    readonly warn?: (message: string) => void;
  },
): Promise<Coder> {
  const { config, weights } = coder;
  const scaled = await loadCoder(coder, options);
  const scale = inputScaleOf(config, options.warn);
  // A transcoder's targets are never scaled: it reconstructs them on the model's own scale.
  const keepsOutputs = isTranscoder(config);
  const into = async (acts: Float32Array): Promise<Float32Array> =>
    scaledBy(await scale.from(acts), acts, config);
  const target = async (targets: Float32Array): Promise<Float32Array> =>
    keepsOutputs ? targets : scaledBy(await scale.known(), targets, config);
  const back = async (outputs: Float32Array): Promise<Float32Array> => {
    const normalization = keepsOutputs ? undefined : await scale.known();
    return normalization === undefined
      ? outputs
      : denormalizeOutputs(outputs, { ...config, normalization });
  };

  const close = async (): Promise<void> => {
    scaled.close();
    await options.closeKernels?.();
  };
  return {
    config,
    weights,
    dIn: config.dIn,
    dOut: config.dOut,
    dSae: config.dSae,
    encode: async (acts) => scaled.encode(await into(acts)),
    encodeScaled: scaled.encode,
    decode: async (codes, acts) => back(await scaled.decode(codes, acts && (await into(acts)))),
    reconstruct: async (acts) => back(await scaled.reconstruct(await into(acts))),
    async evaluate(acts, targets) {
      const inputs = await into(acts);
      const found = await scaled.evaluate(inputs, targets && (await target(targets)));
      const normalization = keepsOutputs ? undefined : await scale.known();
      return { ...found, sums: unscaled(found.sums, normalization?.scale ?? 1) };
    },
    evaluateScaled: scaled.evaluate,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** How inputs are scaled, as the coder says it, or as the first rows that it gets say it. */
function inputScaleOf(
  { dIn, normalization, isScaleUnsaid }: CoderConfig,
  warn: ((message: string) => void) | undefined,
): {
  from(acts: Float32Array): Promise<InputNormalization | undefined>;
  known(): Promise<InputNormalization | undefined>;
} {
  let found = isScaleUnsaid ? undefined : Promise.resolve(normalization);
  const hint = 'give openCoder its normalization, or a sample of activations';
  return {
    from(acts) {
      const rows = acts.length / dIn;
      if (found !== undefined || rows === 0) return found ?? Promise.resolve(undefined);
      if (rows < FEWEST_ROWS) {
        const message = `${UNSAID}, and ${number(rows)} rows are too few to tell`;
        return Promise.reject(new UserError(message, { hint }));
      }
      warn?.(`${UNSAID}: estimated from the first ${number(rows)} rows; ${hint}`);
      const estimate = estimateNormalization(acts, dIn);
      found = estimate;
      return estimate;
    },
    known: () => found ?? Promise.reject(new UserError(UNSAID, { hint })),
  };
}

/** Rows `[rows, dIn]` on the scale of training; themselves where that is the model's own. */
function scaledBy(
  normalization: InputNormalization | undefined,
  acts: Float32Array,
  { dIn, dOut }: CoderConfig,
): Float32Array {
  return normalization === undefined ? acts : normalizeInputs(acts, { dIn, dOut, normalization });
}

/** Sums of errors on the model's own scale. */
function unscaled(sums: BatchSums, scale: number): BatchSums {
  if (scale === 1) return sums;
  return { ...sums, squaredError: sums.squaredError.map((error) => error * scale ** 2) };
}
