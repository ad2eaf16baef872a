// The words of a question told apart: coders, images, texts.
import { join } from 'node:path';
import { UserError } from '../../../base/errors.ts';
import { kindOfPath, readText } from '../../../base/files.ts';
import { namesIn } from '../../../base/system/file-names.ts';
import { isHubName } from '../../../hub/names.ts';
import { looksLikeCheckpoint } from '../../../sae/checkpoints/registry.ts';
import { chooseCoder } from '../../../training/runs/choose-coder.ts';

/** An example as a person named it. */
export type NamedExample =
  | { readonly name: string; readonly image: string }
  | { readonly name: string; readonly text: string };

/** What words mean. */
export interface Question {
  /** Runs and checkpoints. */
  readonly coders: readonly string[];
  readonly examples: readonly NamedExample[];
}

const IMAGE = /\.(jpe?g|png|webp|tiff?|gif|bmp|p[bgpn]m)$/i;
const CODER = /\.(pt|pth|safetensors|npz)$/i;
const TEXT = /\.(txt|md)$/i;

/**
 * Tell the words of a question apart. The first is a coder, and so is every run, checkpoint and name of the hub; a folder
 * of runs stands for the newest of them; other
 * files are images, or texts when they end in `.txt` or `.md`; whatever is no path is a text. `texts` are texts whatever
 * they look like.
 * @throws {UserError} when a coder or an example is missing, and for folders and paths that lead nowhere
 */
export async function readWords(
  words: readonly string[],
  texts: readonly string[] = [],
): Promise<Question> {
  const coders: string[] = [];
  const examples: NamedExample[] = [];
  for (const word of words) {
    const kind = await kindOfPath(word);
    if (await isCoder(word, kind)) coders.push(word);
    else if (kind === 'folder' && (await holdsRuns(word))) coders.push(await chooseCoder(word));
    else if (coders.length === 0) throw noCoder(word, kind);
    else examples.push(await exampleOf(word, kind));
  }
  for (const text of texts) examples.push({ name: shortened(text), text });
  if (coders.length === 0) throw new UserError('missing run: name one before what to ask about');
  if (examples.length === 0) {
    throw new UserError(`missing example: what is '${coders.join("', '")}' asked about?`, {
      hint: 'name an image, or write a text in quotes, behind it',
    });
  }
  return { coders, examples };
}

type PathKind = Awaited<ReturnType<typeof kindOfPath>>;

async function isCoder(word: string, kind: PathKind): Promise<boolean> {
  if (isHubName(word)) return true;
  if (kind === 'file') return CODER.test(word);
  if (kind !== 'folder') return false;
  for (const inside of ['run.json', 'checkpoint']) {
    if ((await kindOfPath(join(word, inside))) !== 'nothing') return true;
  }
  return looksLikeCheckpoint(word);
}

async function holdsRuns(folder: string): Promise<boolean> {
  for (const name of await namesIn(folder)) {
    if ((await kindOfPath(join(folder, name, 'run.json'))) === 'file') return true;
  }
  return false;
}

function noCoder(word: string, kind: PathKind): UserError {
  const hint = 'the first word is a run or a checkpoint, and then come images and texts';
  if (kind === 'nothing') return new UserError(`missing run: '${word}'`, { hint });
  return new UserError(`'${word}' is no run and no checkpoint`, { hint });
}

async function exampleOf(word: string, kind: PathKind): Promise<NamedExample> {
  if (kind === 'file') {
    if (TEXT.test(word))
      return { name: word, text: (await readText(word, 'text')).replace(/\r?\n$/, '') };
    return { name: word, image: word };
  }
  if (kind === 'folder') {
    throw new UserError(`'${word}' is a folder: neither a run nor an image`, {
      hint: `name the images themselves: ${join(word, '*')}`,
    });
  }
  if (kind === 'other') throw new UserError(`'${word}' is neither a file nor a folder`);
  const looksLikeFile =
    !/\s/.test(word) && (IMAGE.test(word) || TEXT.test(word) || CODER.test(word));
  if (!looksLikeFile) return { name: shortened(word), text: word };
  throw new UserError(`missing file: '${word}'`, {
    hint: 'to ask about this as a text, give it with --text',
  });
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= 48 ? line : `${line.slice(0, 47)}…`;
}
