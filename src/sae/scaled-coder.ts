// A trained coder at work on the kernels, on the scale that it was trained on.
import type { BatchSums, Kernels } from '../compute/kernels/types.ts';
import { concatRows, type SparseRows } from '../compute/sparse-rows.ts';
import { inferenceForm } from './activation-functions/resolve.ts';
import type { SparseCoder } from './coder.ts';

/** A coder loaded into kernels. Rows have the scale of its training. */
interface ScaledCoder {
  /** Codes `[rows, dSae]` of `acts [rows, dIn]`. */
  encode(acts: Float32Array): Promise<SparseRows>;
  /** Codes of `acts [rows, dIn]` and the sums of their reconstruction of `targets [rows, dOut]` (`acts` if undefined). */
  evaluate(
    acts: Float32Array,
    targets?: Float32Array,
  ): Promise<{ codes: SparseRows; sums: BatchSums }>;
  /** Encode `acts [rows, dIn]` and decode again: `x̂ [rows, dOut]`, with the skip connection where there is one. */
  reconstruct(acts: Float32Array): Promise<Float32Array>;
  /**
   * Reconstruct from codes `[rows, dSae]`, as `encode` gave them or changed: `x̂ [rows, dOut]`. A skip connection needs
   * the inputs too, `[rows, dIn]`.
   * @throws {RangeError} when it does not get them, and for codes of another coder
   */
  decode(codes: SparseRows, acts?: Float32Array): Promise<Float32Array>;
  /** Free its memory; the kernels stay. */
  close(): void;
}

/**
 * Load a coder's weights into kernels, which take `maxRows` rows at a time.
 * @throws {UserError} when it does not fit their memory
 */
export async function loadCoder(
  coder: SparseCoder,
  { kernels, maxRows }: { readonly kernels: Kernels; readonly maxRows: number },
): Promise<ScaledCoder> {
  const { config, weights } = coder;
  const { dIn, dOut, dSae } = config;
  const { selection, threshold, bEnc, finish } = inferenceForm(config.activation, weights);
  const device = await kernels.createCoder({
    dIn,
    dOut,
    dSae,
    maxRows,
    inputBias: config.subtractDecoderBias && dIn === dOut ? 'decoder' : 'none',
  });
  let skip: Skip | undefined;
  try {
    await device.write('wEnc', weights.wEnc);
    await device.write('bEnc', bEnc);
    await device.write('wDec', weights.wDec);
    await device.write('bDec', weights.bDec);
    await device.write('threshold', threshold);
    const { wSkip } = weights;
    skip = wSkip && (await openSkip(kernels, wSkip, { dIn, dOut, maxRows }));
  } catch (error) {
    device.close();
    throw error;
  }

  const encodePiece = async (piece: Float32Array): Promise<SparseRows> => {
    const entries = await device.encode(piece, selection);
    return finish === undefined ? entries : finish(entries);
  };
  const decode = async (codes: SparseRows, acts?: Float32Array): Promise<Float32Array> => {
    const outputs = await device.decode(codes);
    if (skip === undefined) return outputs;
    if (acts?.length !== (outputs.length / dOut) * dIn) {
      throw new RangeError(
        `coder: expected inputs [${outputs.length / dOut}, ${dIn}] for the skip connection, got ${acts?.length} numbers`,
      );
    }
    await skip.add(outputs, acts);
    return outputs;
  };
  /** Codes and error of a piece; by the device in one go where it can do all of it. */
  const evaluatePiece = async (
    piece: Float32Array,
    target: Float32Array | undefined,
  ): Promise<{ codes: SparseRows; sums: BatchSums }> => {
    if (finish === undefined && skip === undefined) {
      return device.evaluate(piece, target, selection);
    }
    const codes = await encodePiece(piece);
    return { codes, sums: sumsOf(codes, await decode(codes, piece), target ?? piece) };
  };

  return {
    async encode(acts) {
      const parts: SparseRows[] = [];
      for (const piece of inPieces(acts, dIn, maxRows)) parts.push(await encodePiece(piece));
      return concatRows(parts);
    },
    async evaluate(acts, targets) {
      const parts: { codes: SparseRows; sums: BatchSums }[] = [];
      const pieces = targets && [...inPieces(targets, dOut, maxRows)];
      for (const piece of inPieces(acts, dIn, maxRows)) {
        parts.push(await evaluatePiece(piece, pieces?.[parts.length]));
      }
      return {
        codes: concatRows(parts.map(({ codes }) => codes)),
        sums: parts.map(({ sums }) => sums).reduce(addSums),
      };
    },
    async reconstruct(acts) {
      const outputs = new Float32Array((acts.length / dIn) * dOut);
      let row = 0;
      for (const piece of inPieces(acts, dIn, maxRows)) {
        outputs.set(await decode(await encodePiece(piece), piece), row * dOut);
        row += piece.length / dIn;
      }
      return outputs;
    },
    decode,
    close() {
      skip?.close();
      device.close();
    },
  };
}

/** Views of at most `maxRows` rows of `[rows, width]`; one of none where there are no rows. */
function* inPieces(values: Float32Array, width: number, maxRows: number): Generator<Float32Array> {
  if (values.length % width !== 0) {
    throw new RangeError(`coder: expected [rows, ${width}], got ${values.length} numbers`);
  }
  const step = maxRows * width;
  for (let at = 0; at === 0 || at < values.length; at += step) yield values.subarray(at, at + step);
}

/** Sums of a reconstruction that did not stay on the device. */
function sumsOf(codes: SparseRows, outputs: Float32Array, targets: Float32Array): BatchSums {
  if (outputs.length !== targets.length) {
    throw new RangeError(`coder: expected ${outputs.length} targets, got ${targets.length}`);
  }
  let [l0, l1, squaredError] = [0, 0, 0];
  for (const value of codes.value) {
    l0 += value > 0 ? 1 : 0;
    l1 += value;
  }
  for (let i = 0; i < outputs.length; i++) squaredError += (outputs[i]! - targets[i]!) ** 2;
  return { rows: codes.rowStart.length - 1, l0, l1, squaredError: [squaredError] };
}

function addSums(a: BatchSums, b: BatchSums): BatchSums {
  return {
    rows: a.rows + b.rows,
    l0: a.l0 + b.l0,
    l1: a.l1 + b.l1,
    squaredError: a.squaredError.map((error, k) => error + b.squaredError[k]!),
  };
}

/** Adds a skip connection's part to reconstructions. */
interface Skip {
  /** `outputs [rows, dOut] += x W_skipᵀ` for inputs `x [rows, dIn]`, in place. */
  add(outputs: Float32Array, x: Float32Array): Promise<void>;
  close(): void;
}

/** Load a skip connection `wSkip [dOut, dIn]`. */
async function openSkip(
  kernels: Kernels,
  wSkip: Float32Array,
  { dIn, dOut, maxRows }: { dIn: number; dOut: number; maxRows: number },
): Promise<Skip> {
  const shape = { dIn, dOut: 1, dSae: dOut, maxRows, inputBias: 'none' } as const;
  const device = await kernels.createCoder(shape);
  await device.write('wEnc', wSkip);
  await device.write('threshold', new Float32Array(dOut).fill(Number.NEGATIVE_INFINITY));
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
