// A trained coder at work: activations in, sparse codes out.
import { UserError } from '../base/errors.ts';
import { cpuKernels } from '../compute/kernels/cpu.ts';
import type { BatchSums, Kernels, Selection } from '../compute/kernels/types.ts';
import type { SparseRows } from '../compute/sparse-rows.ts';
import type { Encoder, SparseCoder } from './coder.ts';

export interface EncoderOptions {
  /** Kernels to run on; new ones, closed with the encoder, when undefined. */
  readonly kernels?: Kernels;
  readonly threads?: number;
  /** Rows encoded at a time. */
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

/** Load a coder's weights for inference. Throws a UserError for an activation that has no kernel. */
export async function openEncoder(
  coder: SparseCoder,
  options: EncoderOptions = {},
): Promise<Coder> {
  const { config, weights } = coder;
  const { dIn, dOut, dSae } = config;
  const inference = inferenceForm(coder);
  const kernels = options.kernels ?? (await cpuKernels({ threads: options.threads }));
  const device = await kernels.createCoder({
    dIn,
    dOut,
    dSae,
    maxRows: options.maxRows ?? 4096,
    subtractDecoderBias: config.subtractDecoderBias && dIn === dOut,
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
    encode: (acts) => device.encode(acts, inference.selection),
    evaluate: (acts, targets) => device.evaluate(acts, targets, inference.selection),
    async close() {
      device.close();
      if (options.kernels === undefined) await kernels.close();
    },
  };
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
