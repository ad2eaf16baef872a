// The coder that a learner has made so far, and what it gives on other rows.
import type { BatchSums, DeviceCoder, InputBias } from '../../compute/kernels/types.ts';
import type { SparseRows } from '../../compute/sparse-rows.ts';
import type { ResolvedActivation } from '../activation-functions/resolve.ts';
import type { CoderConfig, SparseCoder } from '../coder.ts';
import { foldInputBias } from './init.ts';

/** A coder on the device as it stands. */
interface Standing {
  readonly device: DeviceCoder;
  readonly activation: ResolvedActivation;
  readonly inputBias: InputBias;
  /** Whether it has a skip connection. */
  readonly skip?: boolean | undefined;
  /** The threshold that the activation function has learnt for all latents, where it learns one. */
  readonly threshold: number | undefined;
}

/** Copy a coder out as it stands. */
export async function finishedCoder(
  { device, activation, inputBias, skip, threshold }: Standing,
  { metadata, normalization }: Pick<CoderConfig, 'metadata' | 'normalization'>,
): Promise<SparseCoder> {
  const gated = activation.gates !== undefined;
  return {
    config: {
      ...device.shape,
      activation: activation.saved,
      subtractDecoderBias: inputBias === 'decoder',
      ...(normalization === undefined ? {} : { normalization }),
      metadata,
    },
    weights: foldInputBias({
      wEnc: await device.read('wEnc'),
      bEnc: await device.read(gated ? 'bMag' : 'bEnc'),
      wDec: await device.read('wDec'),
      bDec: await device.read('bDec'),
      ...(gated
        ? { gated: { rMag: await device.read('rMag'), bGate: await device.read('bEnc') } }
        : {}),
      ...(skip === true ? { wSkip: await device.read('wSkip') } : {}),
      ...(inputBias === 'own' ? { bIn: await device.read('bIn') } : {}),
      ...(activation.trainsThreshold ? { threshold: await device.read('threshold') } : {}),
      ...(activation.learnThreshold === undefined
        ? {}
        : { threshold: Float32Array.of(threshold ?? 0) }),
    }),
  };
}

/** Codes and sums of `x [rows, dIn]` against `target [rows, dOut]` (`x` when undefined), as the finished coder gives them. */
export async function evaluateCoder(
  { device, activation, threshold }: Standing,
  x: Float32Array,
  target: Float32Array | undefined,
): Promise<{ codes: SparseRows; sums: BatchSums }> {
  const { selection, learnThreshold, initialThreshold } = activation;
  const exact = { kind: 'threshold', width: 0 } as const;
  if (selection.kind === 'topk') return device.evaluate(x, target, selection);
  if (learnThreshold === undefined) return device.evaluate(x, target, exact);
  const write = (value: number): Promise<void> =>
    device.write('threshold', new Float32Array(device.shape.dSae).fill(value));
  await write(Math.max(0, threshold ?? 0));
  try {
    return await device.evaluate(x, target, exact);
  } finally {
    await write(initialThreshold);
  }
}
