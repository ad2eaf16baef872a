// Asking in the browser: the library's own `ask`, on models beside the page.
import { UserError } from '../../../src/base/errors.ts';
import type { AskAnswer, AskRequest, Example, ModelAnswer } from '../../../src/pages/ask.ts';
import { ask } from '../../../src/studies/asking/ask.ts';
import type { AskedExample } from '../../../src/studies/asking/example-image.ts';
import { sentenceOf } from './sentences.ts';
import type { OpenedCoder } from './shipped-models.ts';

/** Ask models one after the other; an error of one does not spoil the answers of others. */
export async function askShipped(
  { models, example, top, latents, signs }: AskRequest,
  open: (id: string) => Promise<OpenedCoder>,
  signal: AbortSignal,
): Promise<AskAnswer> {
  const asked = askedExample(example);
  const answers: ModelAnswer[] = [];
  for (const id of models) {
    signal.throwIfAborted();
    try {
      const { askable } = await open(id);
      const own = latents?.filter((latent) => latent < askable.coder.dSae);
      const answer = await ask(askable, asked, { top, latents: own, signs, signal });
      answers.push({ ...answer, model: id });
    } catch (error) {
      signal.throwIfAborted();
      answers.push({ model: id, error: sentenceOf(error) });
    }
  }
  return { answers };
}

/** The example as the library takes it. */
export function askedExample(example: Example): AskedExample {
  if ('text' in example) return example;
  const { image } = example;
  if ('upload' in image) {
    const file = Uint8Array.from(atob(image.upload), (character) => character.charCodeAt(0));
    return { image: file, name: image.name ?? 'the image' };
  }
  throw new UserError('the picture of this example is not at hand', {
    hint: 'choose a picture of your own',
  });
}
