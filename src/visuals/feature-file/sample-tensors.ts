// The sample of codes in the feature file: which features fire together can be asked of it later.

import { UserError } from '../../base/errors.ts';
import type { SparseRows } from '../../compute/sparse-rows.ts';
import type { SafetensorsFile, TensorToWrite } from '../../formats/safetensors.ts';

/** `sample.start` int64 `[rows + 1]`, `sample.index` int32 and `sample.value` float32; none without a sample. */
export function sampleTensors(sample: SparseRows | undefined): [string, TensorToWrite][] {
  if (sample === undefined) return [];
  const { rowStart, index, value } = sample;
  const start = BigInt64Array.from(rowStart, BigInt);
  return [
    ['sample.start', { dtype: 'I64', shape: [start.length], data: start }],
    ['sample.index', { dtype: 'I32', shape: [index.length], data: Int32Array.from(index) }],
    ['sample.value', { dtype: 'F32', shape: [value.length], data: value }],
  ];
}

/**
 * Read the sample back; undefined where the file holds none.
 *
 * @throws {UserError} for damage.
 */
export async function readSample(
  file: SafetensorsFile,
  dSae: number,
): Promise<SparseRows | undefined> {
  if (!file.tensors.has('sample.start')) return undefined;
  const invalid = (): UserError => new UserError(`invalid sample of codes in '${file.path}'`);
  const [start, index, value] = await Promise.all(
    ['sample.start', 'sample.index', 'sample.value'].map((name) => {
      if (!file.tensors.has(name)) throw invalid();
      return file.read(name);
    }),
  );
  const rowStart = Uint32Array.from(start!.data as BigInt64Array, Number);
  const isAscending = rowStart.every((at, i) => at >= (rowStart[i - 1] ?? 0));
  const columns = Uint32Array.from(index!.data as Int32Array);
  const entries = columns.length;
  if (
    start!.data.constructor !== BigInt64Array ||
    !(value!.data instanceof Float32Array) ||
    !isAscending ||
    rowStart.at(-1) !== entries ||
    value!.data.length !== entries ||
    columns.some((column) => column >= dSae)
  ) {
    throw invalid();
  }
  return { columns: dSae, rowStart, index: columns, value: value!.data };
}
