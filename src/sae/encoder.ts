// A trained coder at work: activations in, sparse codes out.
import { UserError } from '../base/errors.ts';
import { cpuKernels } from '../compute/kernels/cpu.ts';
import type { BatchSums, Kernels, Selection } from '../compute/kernels/types.ts';
import { concatRows, type SparseRows } from '../compute/sparse-rows.ts';
import type { Encoder, SparseCoder } from './coder.ts';

/** Where a coder runs for inference. */
export interface EncoderOptions {
  /** Kernels to run on; new ones, closed with the encoder, when undefined. */
  readonly kernels?: Kernels;
  /** Threads of those new ones; one a core when undefined. */
  readonly threads?: number;
  /** Rows encoded at a time; longer inputs are taken in pieces. @default 4096 */
  readonly maxRows?: number;
}

/** An encoder that can also say how well it reconstructs. */
export interface Coder extends Encoder {
  readonly dOut: number;
  /** Codes of `acts [rows, dIn]` and the sums of their reconstruction of `targets [rows, dOut]` (`acts` if undefined). */
  evaluate(
    acts: Float32Array,
    targets?: Float32Array,
  ): Promise<{ codes: SparseRows; sums: BatchSums }>;
}

/**
 * Load a coder's weights for inference. Inputs must have the scale that it was trained on (`normalizeInputs`).
 * Throws a UserError for an activation that has no kernel.
 */
export async function openEncoder(
  coder: SparseCoder,
  options: EncoderOptions = {},
): Promise<Coder> {
  const { config, weights } = coder;
  const { dIn, dOut, dSae } = config;
  const { maxRows = 4096 } = options;
  const inference = inferenceForm(coder);
  const kernels = options.kernels ?? (await cpuKernels({ threads: options.threads }));
  const device = await kernels.createCoder({
    dIn,
    dOut,
    dSae,
    maxRows,
    inputBias: config.subtractDecoderBias && dIn === dOut ? 'decoder' : 'none',
  });
  device.write('wEnc', weights.wEnc);
  device.write('bEnc', weights.bEnc);
  device.write('wDec', weights.wDec);
  device.write('bDec', weights.bDec);
  device.write('threshold', inference.threshold);
  return {
    dIn,
    dOut,
    dSae,
    async encode(acts) {
      const parts: SparseRows[] = [];
      for (const part of inPieces(acts, dIn, maxRows))
        parts.push(await device.encode(part, inference.selection));
      return concatRows(parts);
    },
    async evaluate(acts, targets) {
      if (weights.wSkip !== undefined) throw skipUnsupported();
      const parts: { codes: SparseRows; sums: BatchSums }[] = [];
      const pieces = targets && [...inPieces(targets, dOut, maxRows)];
      for (const part of inPieces(acts, dIn, maxRows)) {
        const target = pieces?.[parts.length];
        parts.push(await device.evaluate(part, target, inference.selection));
      }
      return {
        codes: concatRows(parts.map(({ codes }) => codes)),
        sums: parts.map(({ sums }) => sums).reduce(addSums),
      };
    },
    async close() {
      device.close();
      if (options.kernels === undefined) await kernels.close();
    },
  };
}

/** Views of at most `maxRows` rows of `[rows, width]`; one of none where there are no rows. */
function* inPieces(values: Float32Array, width: number, maxRows: number): Generator<Float32Array> {
  if (values.length % width !== 0) {
    throw new RangeError(`encoder: expected [rows, ${width}], got ${values.length} numbers`);
  }
  const step = maxRows * width;
  for (let at = 0; at === 0 || at < values.length; at += step) yield values.subarray(at, at + step);
}

function addSums(a: BatchSums, b: BatchSums): BatchSums {
  return {
    rows: a.rows + b.rows,
    l0: a.l0 + b.l0,
    l1: a.l1 + b.l1,
    squaredError: a.squaredError.map((error, k) => error + b.squaredError[k]!),
  };
}

function skipUnsupported(): UserError {
  return new UserError(
    'unsupported: the error of a transcoder with a skip connection is not measured yet',
  );
}

/** Which entries a trained coder keeps, and above which threshold. */
function inferenceForm({ config, weights }: SparseCoder): {
  selection: Selection;
  threshold: Float32Array;
} {
  const { activation, dSae } = config;
  const all: Selection = { kind: 'threshold', width: 0 };
  const zero = new Float32Array(dSae);
  switch (activation.kind) {
    case 'relu':
      return { selection: all, threshold: zero };
    case 'topk':
      if (activation.signed === true) {
        throw new UserError('unsupported activation: a topk coder that keeps negative values', {
          hint: 'it was trained without ReLU; convert it to a relu-topk coder first',
        });
      }
      return { selection: { kind: 'topk', k: activation.k }, threshold: zero };
    case 'jumprelu':
      return {
        selection: all,
        threshold: zero.map((_, s) => Math.max(0, weights.threshold?.[s] ?? 0)),
      };
    case 'batchtopk':
      return {
        selection: all,
        threshold: zero.fill(Math.max(0, weights.threshold?.[0] ?? 0)),
      };
    case 'gated':
      throw new UserError('unsupported activation: gated coders can be converted, but not run yet');
  }
}
