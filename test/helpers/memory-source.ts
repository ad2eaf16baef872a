// Activations and encoders in memory, for tests of what stands above them.
import type { ActivationBatch, ActivationSource } from '../../src/activations/types.ts';
import type { Random } from '../../src/base/random.ts';
import type { SparseRows } from '../../src/compute/sparse-rows.ts';
import type { SparseCoder } from '../../src/sae/coder.ts';
import type { Coder } from '../../src/sae/open-coder.ts';

/** What a pass over activations asks of a coder. */
export type Encoder = Pick<Coder, 'dIn' | 'dSae' | 'encode'>;

/** Rows `[nExamples · rowsPerExample, dModel]` as a source; CLS-like (`tokenIndex` −1) when an example has one row. */
export function memorySource(
  acts: Float32Array,
  shape: { nExamples: number; rowsPerExample: number; dModel: number },
): ActivationSource {
  const { nExamples, rowsPerExample, dModel } = shape;
  const length = nExamples * rowsPerExample;
  return {
    dModel,
    length,
    nExamples,
    rowsPerExample,
    async *batches({ batchSize, signal }): AsyncGenerator<ActivationBatch> {
      for (let start = 0; start < length; start += batchSize) {
        signal?.throwIfAborted();
        const rows = Math.min(batchSize, length - start);
        const row = (_: unknown, i: number): number => start + i;
        yield {
          acts: acts.subarray(start * dModel, (start + rows) * dModel),
          exampleIndex: Int32Array.from({ length: rows }, row).map((r) =>
            Math.floor(r / rowsPerExample),
          ),
          tokenIndex: Int32Array.from({ length: rows }, row).map((r) =>
            rowsPerExample === 1 ? -1 : r % rowsPerExample,
          ),
        };
      }
    },
    async close() {},
  };
}

/** Encode by the definition, `relu((x − b_dec) W_enc + b_enc)`, in float64. */
export function denseReluEncoder({ config, weights }: SparseCoder): Encoder {
  const { dIn, dSae } = config;
  return {
    dIn,
    dSae,
    async encode(acts) {
      return sparseRows(acts.length / dIn, dSae, (row, latent) => {
        let pre = weights.bEnc[latent]!;
        for (let i = 0; i < dIn; i++) {
          pre += (acts[row * dIn + i]! - weights.bDec[i]!) * weights.wEnc[latent * dIn + i]!;
        }
        return pre;
      });
    },
  };
}

/** An encoder whose code is its input: activations stand for themselves. */
export function identityEncoder(size: number): Encoder {
  return {
    dIn: size,
    dSae: size,
    async encode(acts) {
      return sparseRows(acts.length / size, size, (row, latent) => acts[row * size + latent]!);
    },
  };
}

function sparseRows(
  rows: number,
  columns: number,
  valueAt: (row: number, column: number) => number,
): SparseRows {
  const rowStart = new Uint32Array(rows + 1);
  const index: number[] = [];
  const value: number[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const v = valueAt(row, column);
      if (v <= 0) continue;
      index.push(column);
      value.push(v);
    }
    rowStart[row + 1] = index.length;
  }
  return {
    columns,
    rowStart,
    index: Uint32Array.from(index),
    value: Float32Array.from(value),
  };
}

/** A ReLU encoder with random directions and thresholds: latents from frequent to never firing. */
export function randomReluEncoder(options: { dIn: number; dSae: number; random: Random }): Encoder {
  const { dIn, dSae, random } = options;
  const wEnc = Float32Array.from({ length: dSae * dIn }, () => random.normal());
  const bEnc = Float32Array.from({ length: dSae }, () => -random.uniform(1, 6));
  const zeros = new Float32Array(dIn);
  return denseReluEncoder({
    config: {
      dIn,
      dOut: dIn,
      dSae,
      activation: { kind: 'relu' },
      subtractDecoderBias: true,
      metadata: {},
    },
    weights: { wEnc, bEnc, wDec: new Float32Array(dSae * dIn), bDec: zeros },
  });
}
