// The edit that a state means, as it is asked for.
import type { EditablePage, EditRequest } from '../../../src/pages/edit.ts';
import type { EditState } from './edit-state.ts';
import type { Upload } from './example/example-choice.tsx';
import { MOST_PROMPTS } from './example/prompts-choice.tsx';

/** What an edit is of, besides the state. */
interface About {
  readonly page: EditablePage;
  readonly upload: Upload | undefined;
  /** The page of features that images are numbered by. */
  readonly features: string | undefined;
}

/** The edit that the state means; undefined while there is no example. */
export function requestOf(
  state: EditState,
  about: About & { readonly largestOf: (latent: number) => number | undefined },
): EditRequest | undefined {
  const { page, largestOf } = about;
  const example = exampleOf(state, about);
  if (example === undefined) return undefined;
  const changes = state.latents.flatMap(({ latent, times }) => {
    if (times === undefined || latent >= page.nLatents) return [];
    const largest = largestOf(latent);
    return [{ latent, value: times * (largest !== undefined && largest > 0 ? largest : 1) }];
  });
  const { where, newTokens, seed, temperature } = state;
  return {
    model: page.model,
    example,
    changes,
    ...(where !== undefined && { where }),
    ...(page.kind === 'text' ? { newTokens, seed, temperature } : promptsOf(state, page)),
  };
}

/** The prompts of the state, where the model may read them. */
function promptsOf(
  { prompts, templates }: EditState,
  { noPrompts }: EditablePage,
): Pick<EditRequest, 'prompts' | 'templates'> {
  if (noPrompts !== undefined || prompts.length === 0) return {};
  return {
    prompts: prompts.slice(0, MOST_PROMPTS),
    templates: templates.filter((template) => template.includes('{}')),
  };
}

/** The example that a state means; undefined where it names none. */
export function exampleOf(
  { text, example }: Pick<EditState, 'text' | 'example'>,
  { page, upload, features }: About,
): EditRequest['example'] | undefined {
  if (page.kind === 'text') return text.trim() === '' ? undefined : { text };
  if (upload !== undefined) return { image: upload };
  if (example === undefined || page.nExamples === undefined) return undefined;
  return { image: { features: features ?? page.model, example } };
}
