// The classes of images, and whether two sets mean the same ones.
import { UserError } from '../../base/errors.ts';
import { counted, number } from '../../base/text.ts';
import type { ImageDataset } from '../../data/images/images.ts';
import { exampleLabels, type Labels } from '../labels/labels.ts';
import type { LabelledImagesConfig } from './config.ts';

/** Label the images of a set by its classes; `nExamples` is at least their number, the rest has no class. */
export async function imageLabels(dataset: ImageDataset, nExamples: number): Promise<Labels> {
  const numbers = new Int32Array(nExamples).fill(-1);
  for (let i = 0; i < dataset.length; i++) {
    const { target } = (await dataset.lookUp?.(i)) ?? dataset.entry(i);
    numbers[i] = target;
  }
  return exampleLabels(dataset.classes, numbers);
}

/** Name a set of images in messages. */
export function describeImages(images: LabelledImagesConfig): string {
  if (images.type !== 'imagenet') return `'${images.root}'`;
  return `'${images.root ?? images.name}' (${images.split})`;
}

/** Most classes to name. */
const MOST_NAMED = 5;

/**
 * Number the classes of `labels` as `classes` does, by their names.
 * @throws {UserError} when a name is missing on one side, or stands for two classes; `what` names both sides.
 */
export function renumbered(
  labels: Labels,
  classes: readonly string[],
  what: { readonly labels: string; readonly classes: string },
): Labels {
  const twice = (names: readonly string[]): string | undefined =>
    names.find((name, i) => names.indexOf(name) !== i);
  for (const [names, where] of [
    [labels.classes, what.labels],
    [classes, what.classes],
  ] as const) {
    const name = twice(names);
    // Synonyms in one table are no harm where both sides have the same table.
    if (name !== undefined && labels.classes.join('\n') !== classes.join('\n'))
      throw new UserError(
        `two classes of ${where} are called '${name}': names do not tell them apart`,
      );
  }
  refuseMissing(labels.classes, classes, what.labels, what.classes);
  refuseMissing(classes, labels.classes, what.classes, what.labels);
  if (labels.classes.join('\n') === classes.join('\n')) return labels;
  const numberOf = new Map(classes.map((name, i) => [name, i]));
  const renumber = labels.classes.map((name) => numberOf.get(name)!);
  return {
    classes,
    nExamples: labels.nExamples,
    classOf(example, token) {
      const own = labels.classOf(example, token);
      return own < 0 ? own : renumber[own]!;
    },
  };
}

function refuseMissing(
  names: readonly string[],
  others: readonly string[],
  where: string,
  elsewhere: string,
): void {
  const known = new Set(others);
  const missing = names.filter((name) => !known.has(name));
  if (missing.length === 0) return;
  const shown = missing.slice(0, MOST_NAMED).map((name) => `'${name}'`);
  const more = missing.length - shown.length;
  const rest = more > 0 ? ` and ${number(more)} more` : '';
  throw new UserError(
    `${counted(missing.length, 'class', 'classes')} of ${where} ${missing.length === 1 ? 'is' : 'are'} not among those of ${elsewhere}: ${shown.join(', ')}${rest}`,
    { hint: 'both sets must have the same classes, by name; their order does not matter' },
  );
}
