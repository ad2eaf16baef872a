// The skip connection of a transcoder: `W_skip x`, a dense product done as an encoder that keeps every entry.
import type { Kernels } from '../compute/kernels/types.ts';

/** Adds a skip connection's part to reconstructions. */
export interface Skip {
  /** `outputs [rows, dOut] += x W_skipᵀ` for inputs `x [rows, dIn]`, in place. */
  add(outputs: Float32Array, x: Float32Array): Promise<void>;
  close(): void;
}

/** Load a skip connection `wSkip [dOut, dIn]`. */
export async function openSkip(
  kernels: Kernels,
  wSkip: Float32Array,
  { dIn, dOut, maxRows }: { dIn: number; dOut: number; maxRows: number },
): Promise<Skip> {
  const shape = { dIn, dOut: 1, dSae: dOut, maxRows, inputBias: 'none' } as const;
  const device = await kernels.createCoder(shape);
  device.write('wEnc', wSkip);
  device.write('threshold', new Float32Array(dOut).fill(Number.NEGATIVE_INFINITY));
  return {
    async add(outputs, x) {
      const { rowStart, index, value } = await device.encode(x, { kind: 'threshold', width: 0 });
      for (let r = 0; r + 1 < rowStart.length; r++) {
        for (let p = rowStart[r]!; p < rowStart[r + 1]!; p++)
          outputs[r * dOut + index[p]!]! += value[p]!;
      }
    },
    close: () => device.close(),
  };
}
