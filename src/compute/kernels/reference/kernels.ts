// The kernels in plain TypeScript and float64: slow, short, and what every other implementation is tested against.

import type { CoderOptions, DeviceCoder, Kernels } from '../types.ts';
import { normalizeReferenceDecoder, updateReference } from './adam.ts';
import { type Backward, backward } from './backward.ts';
import {
  decodeRow,
  forward,
  referenceTensors,
  select,
  toSparseRows,
  withoutSkip,
} from './forward.ts';

/** Make kernels that compute in float64 and round to float32 only when tensors are read: slow, for tests. */
export function referenceKernels(): Kernels {
  return {
    name: 'reference',
    createCoder: async (options) => createReferenceCoder(options),
    close: async () => {},
  };
}

function createReferenceCoder(options: CoderOptions): DeviceCoder {
  const { dIn, dOut, dSae } = options;
  const tensors = referenceTensors(options);
  let last: Backward | undefined;

  return {
    shape: { dIn, dOut, dSae },
    read: async (name) => Float32Array.from(tensors.of(name)),
    write: async (name, values) => tensors.of(name).set(values),
    saveState: async () => ({}),
    loadState: async () => {},
    normalizeDecoder: async () => normalizeReferenceDecoder(tensors),
    encode: async (x, selection) => toSparseRows(select(tensors, x, selection), dSae),
    evaluate: async (x, target, selection) =>
      forward(tensors, x, withoutSkip(tensors, x, target ?? x), { selection, prefixes: [dSae] }),
    fired: async () => last?.fired.slice() ?? new Uint32Array(dSae),
    errors: async () => Float32Array.from(last?.errors.flatMap((row) => [...row]) ?? []),

    async decode({ rowStart, index, value }) {
      const rows = rowStart.length - 1;
      const out = new Float32Array(rows * dOut);
      for (let r = 0; r < rows; r++) {
        const entries = Array.from(index.subarray(rowStart[r], rowStart[r + 1]), (latent, p) => ({
          latent,
          pre: 0,
          value: value[rowStart[r]! + p]!,
        }));
        out.set(decodeRow(tensors, entries, dSae), r * dOut);
      }
      return out;
    },

    async step(x, target, step) {
      last = backward(tensors, x, target ?? x, step);
      return last.sums;
    },

    async update(adam) {
      updateReference(tensors, adam);
    },

    close() {},
  };
}
