// What happens behind a feature: codes of an image or a text are changed in a real forward pass of their model.
import type { Scaling } from '../../activations/reading/scaling.ts';
import type { EditAnswer } from '../../pages/edit.ts';
import { estimateNormalization } from '../../sae/normalization.ts';
import { ESTIMATED, otherKind, tokensOf } from '../asking/ask.ts';
import type { Askable } from '../asking/askable.ts';
import { type AskedExample, imageOf } from '../asking/example-image.ts';
import type { ExampleLimits } from '../asking/limits.ts';
import { imageSeen, textSeen } from '../asking/seen.ts';
import { type Edited, editImage, type ImageToEdit } from './edit-image.ts';
import { editText } from './edit-text.ts';
import { editableOf } from './editable-of.ts';
import { type FoundHead, fitHeads } from './heads/heads.ts';
import { EditOptions, type EditOptionsInput } from './options.ts';

/** What is edited: an example as it can be asked about, and what an image shows where that is known. */
export type EditedExample = AskedExample & Pick<ImageToEdit, 'truth'>;

/** An edit, and what goes with it. */
export interface EditJob extends EditOptionsInput {
  /** Heads to read behind the edit: `readEditHeads` reads them. */
  readonly heads?: readonly FoundHead[];
  readonly limits?: ExampleLimits | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** All of an answer but the command that repeats it, which whoever asks knows. */
export type EditResult = Omit<EditAnswer, 'repeat'>;

/**
 * Change codes of one example in a real forward pass, and say what changes behind: segmentation, classes and angles of an
 * image; next tokens, loss and a continuation of a text. What the coder does not explain stays as it is:
 * `x′ = x + (f′ − f) W_dec`; a transcoder changes what it writes in the same way. Without changes all numbers after are
 * those before, bit for bit.
 * @throws {UserError} for examples that cannot be read, latents and positions that there are not, and coders that cannot
 * be edited
 */
export async function edit(
  askable: Askable,
  example: EditedExample,
  { heads: found = [], limits, signal, ...input }: EditJob = {},
): Promise<EditResult> {
  const options = EditOptions.parse(input);
  if (askable.modality === 'image') {
    if (!('image' in example)) throw otherKind(askable.name, 'images', 'a text');
    const image = await imageOf(example, limits);
    const { backbone, rows } = askable;
    const plain = (scaling: Scaling) => rows.rows(backbone.preprocess(image), { scaling, signal });
    const { scaling, notes } = await scalingFor(askable, plain);
    const editable = editableOf(askable, scaling);
    if (editable.modality !== 'image') throw new TypeError('an editable of another kind');
    const { heads, reasons } = await fitHeads(found, editable);
    const { truth } = example;
    const edited = await editImage(editable, { image, truth }, { ...options, heads, signal });
    const seen = await imageSeen(image, backbone.transform, rows);
    return { seen, ...edited, reasons: [...notes, ...reasons, ...edited.reasons] };
  }
  if (!('text' in example)) throw otherKind(askable.name, 'texts', 'an image');
  const { backbone, home, rows } = askable;
  const tokens = tokensOf(askable, example.text, limits);
  const plain = (scaling: Scaling) => rows.rows(tokens, { scaling, signal });
  const { scaling, notes } = await scalingFor(askable, plain);
  const editable = editableOf(askable, scaling);
  if (editable.modality !== 'text') throw new TypeError('an editable of another kind');
  const edited: Edited = await editText(editable, tokens, { ...options, signal });
  const seen = textSeen(tokens, backbone.tokenizer, home.contextSize);
  const reasons = found.map(({ id }) => `The head '${id}' is not shown: it reads images.`);
  return { seen, ...edited, reasons: [...notes, ...reasons, ...edited.reasons] };
}

const UNSCALED: Scaling = { clamp: Number.MAX_VALUE, mean: undefined, scalar: 1 };

/** The scale of training, or what the example's own rows say where nothing else does. */
async function scalingFor(
  { scaling, coder, home }: Askable,
  rowsOf: (scaling: Scaling) => Promise<Float32Array>,
): Promise<{ readonly scaling: Scaling; readonly notes: readonly string[] }> {
  if (scaling !== undefined) return { scaling, notes: [] };
  const { mean, scale = 1 } = await estimateNormalization(await rowsOf(UNSCALED), coder.dIn);
  return { scaling: { clamp: home.data.clamp, mean, scalar: scale }, notes: [ESTIMATED] };
}
