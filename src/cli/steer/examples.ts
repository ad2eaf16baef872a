// The examples that a person named: paths of images, texts, and images by their numbers.
import { UserError } from '../../base/errors.ts';
import type { EditedExample } from '../../studies/steering/edit.ts';
import { numberedImage } from '../../studies/steering/numbered-image.ts';
import type { RepeatedExample } from '../../studies/steering/repeat.ts';
import { truthIn } from '../../studies/steering/truth-beside.ts';

/** How examples are named. */
export interface ExampleFlags {
  readonly numbers: readonly number[];
  readonly imagesOf?: string | undefined;
  readonly maps: readonly string[];
}

/** An example, what a person calls it, and how the command that repeats an edit names it. */
export interface SteerExample {
  readonly called: string;
  readonly named: RepeatedExample;
  /** Read it, with what to know of it. */
  read(): Promise<{ readonly example: EditedExample; readonly notes: readonly string[] }>;
}

/**
 * List the examples of a command: words (texts, or paths of images), and behind them images by number.
 * @throws {UserError} for numbers of images that a coder of texts is to edit
 */
export function examplesOf(
  words: readonly string[],
  { numbers, imagesOf, maps }: ExampleFlags,
  { run, isText, signal }: { run: string; isText: boolean; signal: AbortSignal },
): SteerExample[] {
  if (isText && numbers.length > 0) {
    throw new UserError(`'${run}' reads texts: none of them has a number`, {
      hint: 'write a text in place of --numbers',
    });
  }
  return [
    ...words.map((word) => ({
      called: word,
      named: { [isText ? 'text' : 'image']: word } as RepeatedExample,
      async read() {
        if (isText) return { example: { text: word }, notes: [] };
        const { truth } = await truthIn(maps, word);
        return { example: { image: word, truth }, notes: [] };
      },
    })),
    ...numbers.map((number) => ({
      called: `image ${number}`,
      named: { number, ...(imagesOf !== undefined && { imagesOf }) },
      read: () => numberedImage(imagesOf ?? run, number, { trees: maps, signal }),
    })),
  ];
}
