// The job of `saev ask`: every coder about every example.

import { UserError } from '../../../base/errors.ts';
import { kindOfPath } from '../../../base/files.ts';
import { ask } from '../ask.ts';
import { type Askable, openAskable } from '../askable.ts';
import type { AskConfig, AskConfigInput } from '../config.ts';
import { imageOf } from '../example-image.ts';
import { sharedModels } from '../shared-models.ts';
import type { AnsweredExample, ReadExample } from './answered-example.ts';
import { knownLatents } from './known-latents.ts';
import { type NamedExample, readWords } from './words.ts';
import { writeAnswers } from './write-answers.ts';

/** Everything that was asked. */
export interface AskedAll {
  readonly answers: readonly AnsweredExample[];
  /** Files that were written, where a folder was named. */
  readonly written: readonly string[];
}

/** How much more than strangers the person at the keyboard may ask. */
const OWN_LIMITS = { bytes: 2 ** 30, pixels: 178_956_970, characters: 2 ** 20, tokens: 2 ** 20 };

/**
 * Ask every coder about every example, in the order of their names, and write pictures where the settings name a folder.
 * @throws {UserError} for what is missing or of the wrong kind, before anything is written
 */
export async function askAll(
  { words, text, top, latents, signs, out, threads }: AskConfig,
  { data, signal }: { data?: AskConfigInput['data']; signal?: AbortSignal } = {},
): Promise<AskedAll> {
  const { coders, examples } = await readWords(words, text);
  if (out !== undefined && (await kindOfPath(out)) !== 'nothing') {
    throw new UserError(`'${out}' is there already`, { hint: 'name another folder with --out' });
  }
  // Every example is looked at before the long work begins.
  const read = await Promise.all(examples.map(readExample));
  const models = sharedModels();
  const answers: AnsweredExample[] = [];
  const drawn: { answered: AnsweredExample; given: ReadExample; askable: Askable }[] = [];
  const open: Askable[] = [];
  try {
    for (const name of coders) {
      const askable = await openAskable(name, { data, threads, signal, models });
      open.push(askable);
      const known = await knownLatents(name);
      for (const given of read) {
        const options = { top, latents, signs, limits: OWN_LIMITS, signal };
        const answer = await ask(askable, given, options);
        const answered = { example: given.name, answer, known };
        answers.push(answered);
        drawn.push({ answered, given, askable });
      }
    }
    const written = out === undefined ? [] : await writeAnswers(out, drawn);
    return { answers, written };
  } finally {
    for (const askable of open) await askable.close();
  }
}

async function readExample(example: NamedExample): Promise<ReadExample> {
  if ('text' in example) {
    if (example.text.trim() === '') {
      throw new UserError(`empty text: '${example.name}'`, {
        hint: 'there is nothing to ask about',
      });
    }
    return example;
  }
  const { name, image } = example;
  return { name, image: await imageOf({ image }, OWN_LIMITS) };
}
