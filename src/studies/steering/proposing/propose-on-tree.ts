// Latents that tell the classes of a tree laid out as ADE20K.
import { segmentedImages } from '../../../activations/labels/class-maps.ts';
import { UserError } from '../../../base/errors.ts';
import { openDataset } from '../../../data/datasets/open-dataset.ts';
import type { Askable } from '../../asking/askable.ts';
import { editableOf } from '../editable-of.ts';
import { type ClassProposalOptions, proposeForClasses } from './class-proposals.ts';
import { type FoundClass, MOST_PROPOSED } from './proposal-answer.ts';

/** Which classes; all of the tree's when undefined. */
export type TreeProposalOptions = Partial<ClassProposalOptions>;

/**
 * Find latents for classes on the training images of the tree at `root`, as {@link proposeForClasses} does.
 * @throws {UserError} for a coder of texts or one that does not say how its inputs were scaled, and for damaged trees
 */
export async function proposeOnTree(
  askable: Askable,
  root: string,
  { classes, k = MOST_PROPOSED, signal, onProgress }: TreeProposalOptions = {},
): Promise<FoundClass[]> {
  if (askable.modality !== 'image' || askable.scaling === undefined) {
    throw new UserError('latents cannot be proposed for this model', {
      hint: 'it is of texts, or does not say how its inputs were scaled',
    });
  }
  const editable = editableOf(askable, askable.scaling);
  if (editable.modality !== 'image') throw new TypeError('an editable of another kind');
  const dataset = await openDataset({ type: 'ade20k', root, split: 'training' }, { signal });
  try {
    const images = await segmentedImages(dataset);
    // Class 0 is nothing that was labelled.
    const all = images.classes.flatMap((_, number) => (number > 0 ? [number] : []));
    const wanted = { classes: classes ?? all, k, signal, onProgress };
    return await proposeForClasses(editable, images, wanted);
  } finally {
    await dataset.close();
  }
}
