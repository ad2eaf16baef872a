// What a probe of one class learns from: its examples, and as many of other classes (SAEBench 0.6, probe_training.py).
import type { TorchRandom } from '../../../base/python-random/torch-random.ts';
import type { ExampleRows } from './example-rows.ts';

/** Examples of one class and of others, in the order in which a probe sees them. */
export interface ProbeData {
  readonly rows: ExampleRows;
  /** Numbers of rows. */
  readonly chosen: Uint32Array;
  /** Of each chosen row, whether it is of the class. */
  readonly labels: readonly boolean[];
}

/** Rows of classes under one another, `perClass` of each. */
export interface ClassRows {
  readonly rows: ExampleRows;
  readonly perClass: number;
  readonly nClasses: number;
}

/** Draw what a probe of class number `own` learns from: all rows of it, and as many of the others, evenly. */
export function drawProbeData(
  { rows, perClass, nClasses }: ClassRows,
  own: number,
  random: Pick<TorchRandom, 'permutation'>,
): ProbeData {
  const perOther = Math.ceil(perClass / (nClasses - 1));
  const others: number[] = [];
  for (let other = 0; other < nClasses; other++) {
    if (other === own) continue;
    for (const row of random.permutation(perClass).subarray(0, perOther))
      others.push(other * perClass + row);
  }
  const negatives = Array.from(
    random.permutation(others.length).subarray(0, perClass),
    (i) => others[i]!,
  );
  const all = [...Array.from({ length: perClass }, (_, row) => own * perClass + row), ...negatives];
  const order = random.permutation(all.length);
  return {
    rows,
    chosen: Uint32Array.from(order, (i) => all[i]!),
    labels: Array.from(order, (i) => i < perClass),
  };
}

/** Find the `k` columns whose means in the class and outside differ most, ascending. */
export function columnsThatDiffer({ rows, chosen, labels }: ProbeData, k: number): Uint32Array {
  const difference = new Float64Array(rows.width);
  const nOwn = labels.filter(Boolean).length;
  chosen.forEach((row, i) => {
    rows.addTo(row, labels[i] ? 1 / nOwn : -1 / (labels.length - nOwn), difference);
  });
  const columns = Uint32Array.from({ length: rows.width }, (_, column) => column);
  const sorted = columns.sort(
    (a, b) => Math.abs(difference[b]!) - Math.abs(difference[a]!) || a - b,
  );
  return sorted.slice(0, k).sort();
}
