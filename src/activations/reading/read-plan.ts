// Which bytes of the shards to read for a selection of rows, and where each row then stands in the buffer.
import { SHARD_STORAGE } from '../shards/dtypes.ts';
import type { ShardFile, ShardGeometry } from '../shards/geometry.ts';
import type { RowSelection } from './selection.ts';

/** Bytes that are read through rather than skipped: about what a disk reads in the time that one more read costs. */
const MAX_GAP = 65_536;

/** How to read a run of neighbouring examples. */
export interface ReadPlan {
  /** Byte spans of one example that are read. */
  readonly spans: readonly { readonly start: number; readonly length: number }[];
  /** A run of examples is one read: what lies between their spans is small. */
  readonly isContiguous: boolean;
  /** Bytes of a number. */
  readonly valueBytes: number;
  /** Numbers between an example and the next in the buffer. */
  readonly stride: number;
  /** Number at which each source of the selection begins, from its example's start in the buffer. */
  readonly sourceAt: Int32Array;
  /** The same of each target, where rows have one. */
  readonly targetAt?: Int32Array | undefined;
}

/** One read: `length` bytes at `position` of file `file`, to byte `to` of the buffer. */
export interface Read {
  readonly file: number;
  readonly position: number;
  readonly length: number;
  readonly to: number;
}

/** Plan the reads of one example; spans less than `maxGap` bytes apart are joined. */
export function planReads(
  geometry: ShardGeometry,
  selection: RowSelection,
  maxGap: number = MAX_GAP,
): ReadPlan {
  const { rowBytes } = geometry;
  const { bytes: valueBytes } = SHARD_STORAGE[geometry.dtype];
  const wanted = [...new Set([...selection.sources, ...(selection.targets ?? [])])].sort(
    (a, b) => a - b,
  );
  const spans: { start: number; length: number }[] = [];
  for (const source of wanted) {
    const start = source * rowBytes;
    const last = spans.at(-1);
    if (last !== undefined && start - (last.start + last.length) <= maxGap) {
      last.length = start + rowBytes - last.start;
    } else {
      spans.push({ start, length: rowBytes });
    }
  }
  const gapBetweenExamples = geometry.exampleBytes - spans[0]!.length;
  const isContiguous = spans.length === 1 && gapBetweenExamples <= maxGap;

  // Offset in the buffer of each span's first byte.
  const spanAt: number[] = [];
  let total = 0;
  for (const { length } of spans) {
    spanAt.push(total);
    total += length;
  }
  const inBuffer = (source: number): number => {
    const at = source * rowBytes;
    const span = spans.findLastIndex(({ start }) => start <= at);
    return (spanAt[span]! + at - spans[span]!.start) / valueBytes;
  };
  const sourceAt = selection.sources.map(inBuffer);
  const targetAt = selection.targets?.map(inBuffer);
  const stride = (isContiguous ? geometry.exampleBytes : total) / valueBytes;
  return { spans, isContiguous, valueBytes, stride, sourceAt, targetAt };
}

/** Bytes that reading `count` neighbouring examples of one file puts into the buffer. */
export function bufferBytes(plan: ReadPlan, count: number): number {
  if (!plan.isContiguous) return count * plan.stride * plan.valueBytes;
  return (count - 1) * plan.stride * plan.valueBytes + plan.spans[0]!.length;
}

/** List the reads for `count` examples from `first` on, all of them in file number `file`. */
export function* readsOf(
  plan: ReadPlan,
  geometry: ShardGeometry,
  run: { file: number; inFile: ShardFile; first: number; count: number },
): Generator<Read> {
  const { file, inFile, first, count } = run;
  const start = (first - inFile.first) * geometry.exampleBytes;
  if (plan.isContiguous) {
    yield {
      file,
      position: start + plan.spans[0]!.start,
      length: bufferBytes(plan, count),
      to: 0,
    };
    return;
  }
  let to = 0;
  for (let i = 0; i < count; i++) {
    for (const span of plan.spans) {
      const position = start + i * geometry.exampleBytes + span.start;
      yield { file, position, length: span.length, to };
      to += span.length;
    }
  }
}

/** Find the file that holds `example`. */
export function fileOf(files: readonly ShardFile[], example: number): number {
  let low = 0;
  let high = files.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (files[middle]!.first <= example) low = middle;
    else high = middle - 1;
  }
  return low;
}
