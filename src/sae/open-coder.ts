// A trained coder at work: activations as the model has them in, sparse codes out, and back again.
import { type DeviceName, openKernels } from '../compute/kernels/open.ts';
import type { BatchSums, Kernels } from '../compute/kernels/types.ts';
import type { SparseRows } from '../compute/sparse-rows.ts';
import { readCoder } from './checkpoints/read-coder.ts';
import { isTranscoder, type SparseCoder } from './coder.ts';
import { denormalizeOutputs, normalizeInputs } from './normalization.ts';
import { loadCoder } from './scaled-coder.ts';

/** Where a coder runs. */
export interface CoderOptions {
  /** Kernels to run on; new ones, closed with the coder, when undefined. */
  readonly kernels?: Kernels;
  /** Device of those new ones. @default 'cpu' */
  readonly device?: DeviceName;
  /** Threads of those new ones; one a core when undefined. */
  readonly threads?: number;
  /** Rows taken at a time; longer inputs are taken in pieces. @default 4096 */
  readonly maxRows?: number;
  /** Gives up fetching a coder from the hub. */
  readonly signal?: AbortSignal;
}

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
 * Set a coder to work: one that has been read, or the one that a name points to, as {@link readCoder} finds it.
 * @throws {UserError} when there is no such coder, it is damaged, or does not fit the memory of the kernels
 */
export async function openCoder(
  coder: string | SparseCoder,
  options: CoderOptions = {},
): Promise<Coder> {
  const { config, weights } =
    typeof coder === 'string' ? await readCoder(coder, { signal: options.signal }) : coder;
  const { device, threads } = options;
  const kernels = options.kernels ?? (await openKernels({ device, threads }));
  const closeKernels = async (): Promise<void> => {
    if (options.kernels === undefined) await kernels.close();
  };
  const { maxRows = 4096 } = options;
  const scaled = await loadCoder({ config, weights }, { kernels, maxRows }).catch(async (error) => {
    await closeKernels();
    throw error;
  });

  const { scale = 1 } = config.normalization ?? {};
  const isPlain = config.normalization === undefined;
  // A transcoder's targets are never scaled: it reconstructs them on the model's own scale.
  const keepsOutputs = isPlain || isTranscoder(config);
  const into = (acts: Float32Array): Float32Array =>
    isPlain ? acts : normalizeInputs(acts, config);
  const target = (targets: Float32Array): Float32Array =>
    keepsOutputs ? targets : normalizeInputs(targets, config);
  const back = (outputs: Float32Array): Float32Array =>
    keepsOutputs ? outputs : denormalizeOutputs(outputs, config);

  const close = async (): Promise<void> => {
    scaled.close();
    await closeKernels();
  };
  return {
    config,
    weights,
    dIn: config.dIn,
    dOut: config.dOut,
    dSae: config.dSae,
    encode: async (acts) => scaled.encode(into(acts)),
    encodeScaled: scaled.encode,
    decode: async (codes, acts) => back(await scaled.decode(codes, acts && into(acts))),
    reconstruct: async (acts) => back(await scaled.reconstruct(into(acts))),
    async evaluate(acts, targets) {
      const found = await scaled.evaluate(into(acts), targets && target(targets));
      return keepsOutputs ? found : { ...found, sums: unscaled(found.sums, scale) };
    },
    evaluateScaled: scaled.evaluate,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Sums of errors on the model's own scale. */
function unscaled(sums: BatchSums, scale: number): BatchSums {
  return { ...sums, squaredError: sums.squaredError.map((error) => error * scale ** 2) };
}
