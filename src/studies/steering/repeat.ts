// The command that does an edit again.
import type { EditOptions } from './options.ts';

/** What an edit was of, in words that the command takes. */
export interface RepeatedEdit extends Partial<Omit<EditOptions, 'changes'>> {
  readonly changes: EditOptions['changes'];
  /** The run or checkpoint. */
  readonly run: string;
  /** Path of an image, or a text. */
  readonly example: string;
  /** Whether that is a text. */
  readonly isText: boolean;
  readonly heads?: readonly string[];
}

/** Write the command; what is as usual is left out, and what a shell would read is quoted. */
export function repeatCommand(edit: RepeatedEdit): string {
  const { run, example, isText, changes, where, heads = [] } = edit;
  const { prompts = [], templates = [] } = edit;
  const { newTokens = 20, seed = 0, temperature = 0 } = edit;
  const list = (flag: string, values: readonly (string | number)[]): string[] =>
    values.length === 0 ? [] : [flag, ...values.map((value) => quoted(String(value)))];
  return [
    'saev steer',
    quoted(run),
    quoted(example),
    ...list(
      '--set',
      changes.map(({ latent, value }) => `${latent}=${value}`),
    ),
    ...list('--where', where ?? []),
    ...list('--heads', heads),
    ...list('--prompts', prompts),
    ...list('--templates', prompts.length === 0 ? [] : templates),
    ...(isText && newTokens !== 20 ? [`--new-tokens ${newTokens}`] : []),
    ...(isText && seed !== 0 ? [`--seed ${seed}`] : []),
    ...(isText && temperature !== 0 ? [`--temperature ${temperature}`] : []),
  ].join(' ');
}

/** What a shell takes as one word; it has no word with a null in it. */
function quoted(word: string): string {
  const text = word.replaceAll('\0', '');
  return /^[\w@%+=:,./-]+$/.test(text) && !text.startsWith('-')
    ? text
    : `'${text.replaceAll("'", "'\\''")}'`;
}
