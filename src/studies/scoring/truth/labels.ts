// Concepts from labels of one class each: the classes of images, or of their patches.
import type { ImageDataset } from '../../../data/images/images.ts';
import { exampleLabels, type Labels } from '../../labels/labels.ts';
import { type ConceptTruth, kindsOf, NOTHING, type RowTruth } from './truth.ts';

/** What labels are called, and which of them are no concepts. */
export interface LabelsOptions {
  /** Where they come from, for people. */
  readonly source: string;
  readonly kind: string;
  readonly level: ConceptTruth['level'];
  /** Class that stands for nothing: no concept, but a row without any. */
  readonly nothing?: number;
}

/** Make each class a concept; rows of no known class (−1) are left out. */
export function truthOfLabels(labels: Labels, options: LabelsOptions): ConceptTruth {
  const { source, kind, level, nothing } = options;
  const numbers = [...labels.classes.keys()].filter((number) => number !== nothing);
  const concepts = numbers.map((number) => ({ kind, name: labels.classes[number]! }));
  const rows: (RowTruth | undefined)[] = labels.classes.map(() => undefined);
  numbers.forEach((number, concept) => {
    rows[number] = { present: [concept], unknown: [] };
  });
  if (nothing !== undefined) rows[nothing] = NOTHING;
  return {
    source,
    concepts,
    kinds: kindsOf(concepts),
    level,
    nExamples: labels.nExamples,
    of: (example, token) => rows[labels.classOf(example, token)],
  };
}

/** Read the class of every image of a set; a remote set is asked for those that it does not know yet. */
export async function classTruth(dataset: ImageDataset): Promise<ConceptTruth> {
  const numbers = new Int32Array(dataset.length).fill(-1);
  for (let example = 0; example < dataset.length; example++) {
    const entry = dataset.entry(example);
    const { target } =
      entry.target < 0 && dataset.lookUp !== undefined ? await dataset.lookUp(example) : entry;
    numbers[example] = target;
  }
  const labels = exampleLabels(dataset.classes, numbers);
  return truthOfLabels(labels, {
    source: 'classes of the images',
    kind: 'class',
    level: 'example',
  });
}
