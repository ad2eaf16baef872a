// Rows to train heads on, for tests.
import type { ActivationSource } from '../../src/activations/types.ts';
import { Random } from '../../src/base/random.ts';
import type { SparseRows } from '../../src/compute/sparse-rows.ts';
import { exampleLabels, type Labels } from '../../src/studies/labels/labels.ts';
import type { DenseRows } from '../../src/studies/probes/features.ts';
import { memorySource } from './memory-source.ts';

/** The entries of dense rows that are not 0. */
export function sparseOf({ columns, values }: DenseRows): SparseRows {
  const rowStart = [0];
  const index: number[] = [];
  for (let row = 0; row * columns < values.length; row++) {
    for (let i = 0; i < columns; i++)
      if (values[row * columns + i] !== 0) index.push(row * columns + i);
    rowStart.push(index.length);
  }
  return {
    columns,
    rowStart: Uint32Array.from(rowStart),
    index: Uint32Array.from(index, (at) => at % columns),
    value: Float32Array.from(index, (at) => values[at]!),
  };
}

/** Rows around a centre for each class, in clouds that do not quite part. Every `unknownEvery`th has no class. */
export function clouds(options: {
  readonly nExamples: number;
  readonly dModel: number;
  readonly nClasses: number;
  readonly rowsPerExample?: number;
  readonly unknownEvery?: number;
  readonly spread?: number;
  readonly seed?: number;
}): { source: ActivationSource; labels: Labels; acts: Float32Array } {
  const { nExamples, dModel, nClasses, rowsPerExample = 1, spread = 1, seed = 1 } = options;
  const random = new Random(0, 'centres');
  const centres = Float32Array.from({ length: nClasses * dModel }, () => random.normal());
  const noise = new Random(seed, 'rows');
  const classes = Int32Array.from({ length: nExamples }, () => noise.int(nClasses));
  const rowSize = rowsPerExample * dModel;
  const acts = Float32Array.from({ length: nExamples * rowSize }, (_, i) => {
    const centre = centres[classes[Math.floor(i / rowSize)]! * dModel + (i % dModel)]!;
    return centre + spread * noise.normal();
  });
  const known = classes.map((number, i) =>
    options.unknownEvery !== undefined && i % options.unknownEvery === 0 ? -1 : number,
  );
  const names = Array.from({ length: nClasses }, (_, i) => `class ${i}`);
  return {
    source: memorySource(acts, { nExamples, rowsPerExample, dModel }),
    labels: exampleLabels(names, known),
    acts,
  };
}
