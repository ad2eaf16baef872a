// Matrix products by onnxruntime, for machines without a BLAS: rows are copied in and out, since it refuses shared
// memory, and one tile of B at a time, so that the copies stay small.
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { type GateState, inside } from '../onnx/gate.ts';
import { input } from '../onnx/graph.ts';
import { buildModel } from '../onnx/model.ts';
import { gemm } from '../onnx/ops.ts';
import type { Operand, Products, Target } from './types.ts';

/** Columns of a tile. */
const TILE = 2048;

/** Open the sessions, one thread each: the callers are the threads. They run inside `gate`. */
export async function onnxProducts(gate: GateState): Promise<Products> {
  const options = { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3 } as const;
  const sessions = new Map<string, InferenceSession>();
  for (const [transposeA, transposeB] of [
    [false, false],
    [false, true],
    [true, false],
  ] as const) {
    const a = input('a', transposeA ? ['k', 'm'] : ['m', 'k']);
    const b = input('b', transposeB ? ['n', 'k'] : ['k', 'n']);
    const c = gemm(a, b, undefined, { transposeA, transposeB });
    const { bytes } = buildModel(new Map([['c', c]]));
    const session = await inside(gate, () => InferenceSession.create(bytes, options));
    sessions.set(`${transposeA} ${transposeB}`, session);
  }
  return {
    name: 'onnxruntime',
    bind(buffer) {
      const floats = new Float32Array(buffer);
      return async ([m, n, k], a, b, c) => {
        const [transA, transB] = [a.transposed === true, b.transposed === true];
        const session = sessions.get(`${transA} ${transB}`)!;
        const left = transA ? copyRows(floats, a, k, m) : copyRows(floats, a, m, k);
        for (let j = 0; j < n; j += TILE) {
          const width = Math.min(TILE, n - j);
          const right = transB
            ? copyRows(floats, { ...b, at: b.at + 4 * j * b.stride }, width, k)
            : copyRows(floats, { ...b, at: b.at + 4 * j }, k, width);
          const result = await inside(gate, () => session.run({ a: left, b: right }));
          putRows(floats, result.c!.data as Float32Array, { ...c, at: c.at + 4 * j }, m, width);
        }
      };
    },
  };
}

function copyRows(
  from: Float32Array,
  { at, stride }: Operand,
  rows: number,
  width: number,
): Tensor {
  const start = at / 4;
  if (stride === width) {
    return new Tensor('float32', from.slice(start, start + rows * width), [rows, width]);
  }
  const copy = new Float32Array(rows * width);
  for (let r = 0; r < rows; r++) {
    copy.set(from.subarray(start + r * stride, start + r * stride + width), r * width);
  }
  return new Tensor('float32', copy, [rows, width]);
}

function putRows(
  to: Float32Array,
  values: Float32Array,
  { at, stride, add = false }: Target,
  rows: number,
  width: number,
): void {
  for (let r = 0, o = at / 4; r < rows; r++, o += stride) {
    if (add) for (let i = 0; i < width; i++) to[o + i]! += values[r * width + i]!;
    else to.set(values.subarray(r * width, (r + 1) * width), o);
  }
}
