// The command that does an edit again.
import type { EditOptions } from './options.ts';

/** An example in words that the command takes. */
export type RepeatedExample =
  | { readonly text: string }
  /** The path of an image. */
  | { readonly image: string }
  /** An image by its number: of the run, or of another run or page of features in the folder `imagesOf`. */
  | { readonly number: number; readonly imagesOf?: string };

/** What an edit was of, in words that the command takes. */
export interface RepeatedEdit extends Partial<Omit<EditOptions, 'changes'>> {
  readonly changes: EditOptions['changes'];
  /** The run or checkpoint. */
  readonly run: string;
  readonly example: RepeatedExample;
  readonly heads?: readonly string[];
  /** Trees in which the truth of an image was found. */
  readonly maps?: readonly string[];
}

/** Write the command; what is as usual is left out, and what a shell would read is quoted. */
export function repeatCommand(edit: RepeatedEdit): string {
  const { run, example, changes, where, heads = [], maps = [] } = edit;
  const { prompts = [], templates = [] } = edit;
  const { newTokens = 20, seed = 0, temperature = 0 } = edit;
  const isText = 'text' in example;
  const list = (flag: string, values: readonly (string | number)[]): string[] =>
    values.length === 0 ? [] : [flag, ...values.map((value) => quoted(String(value)))];
  return [
    'saev steer',
    quoted(run),
    ...exampleWords(example),
    ...list(
      '--set',
      changes.map(({ latent, value }) => `${latent}=${value}`),
    ),
    ...list('--where', where ?? []),
    ...list('--heads', heads),
    ...list('--maps', maps),
    // Said one by one: some may begin as flags do.
    ...prompts.map((prompt) => `--prompts=${quoted(prompt)}`),
    ...(prompts.length === 0 ? [] : templates).map((each) => `--templates=${quoted(each)}`),
    ...(isText && newTokens !== 20 ? [`--new-tokens ${newTokens}`] : []),
    ...(isText && seed !== 0 ? [`--seed ${seed}`] : []),
    ...(isText && temperature !== 0 ? [`--temperature ${temperature}`] : []),
  ].join(' ');
}

function exampleWords(example: RepeatedExample): string[] {
  if ('number' in example) {
    const { number, imagesOf } = example;
    return [
      `--numbers ${number}`,
      ...(imagesOf === undefined ? [] : [`--images-of ${quoted(imagesOf)}`]),
    ];
  }
  const word = 'text' in example ? example.text : example.image;
  return [word.startsWith('-') ? `--example=${quoted(word)}` : quoted(word)];
}

/** What a shell takes as one word; it has no word with a null in it. */
function quoted(word: string): string {
  const text = word.replaceAll('\0', '');
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
