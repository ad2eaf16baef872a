// What the tests of text activations share: a tiny published model, a tokenizer that fits it, and local texts.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ActivationsConfig,
  type ActivationsConfigInput,
  type DataLoadInput,
} from '../../src/activations/config.ts';
import type { ActivationBatch } from '../../src/activations/types.ts';

/** GPT-2 with 2 layers, 4 heads of 4, 41 tokens and a context of 20. */
export const TINY_MODEL = 'fixtures/language/gpt2';
/** Letters and a few marks: 41 tokens. */
export const LETTERS = 'fixtures/activations/letters';

const WORDS = ['the thin man', 'in the house', 'she thinks', 'a cat; a hat', 'then', 'it rains'];

/** Paragraphs of one to five phrases. */
export function paragraphsOf(n: number): string[] {
  return Array.from({ length: n }, (_, i) =>
    Array.from({ length: 1 + (i % 5) }, (_, j) => WORDS[(i * 7 + j * j) % WORDS.length]).join(' '),
  );
}

/** Write paragraphs as a folder of two text files. */
export async function writeTexts(folder: string, n: number): Promise<string> {
  const root = join(folder, 'texts');
  await mkdir(root, { recursive: true });
  const paragraphs = paragraphsOf(n);
  const half = Math.ceil(n / 2);
  await writeFile(join(root, 'a.txt'), paragraphs.slice(0, half).join('\n\n'));
  await writeFile(join(root, 'b.txt'), paragraphs.slice(half).join('\n\n'));
  return root;
}

/** A recording of those texts into shards, contexts of 10 tokens, 4 a run of the model. */
export function textRecording(
  root: string,
  dumpTo: string,
  changes: ActivationsConfigInput = {},
): ActivationsConfig {
  return ActivationsConfig.parse({
    data: { type: 'text-files', root, documents: 'paragraph' },
    dumpTo,
    threads: 1,
    ...changes,
    language: {
      model: TINY_MODEL,
      tokenizer: LETTERS,
      processing: false,
      contextSize: 10,
      packing: 'stream',
      batchContexts: 4,
      ...changes.language,
    },
  });
}

/** A choice of activations of those texts, contexts of 10 tokens, 4 a run of the model. */
export function textData(
  root: string,
  changes: Omit<DataLoadInput, 'language'> & {
    language?: Partial<NonNullable<DataLoadInput['language']>>;
  } = {},
): DataLoadInput {
  const { language, ...rest } = changes;
  return {
    layer: 'blocks.0.ln2.hook_normalized',
    ...rest,
    language: {
      model: TINY_MODEL,
      tokenizer: LETTERS,
      processing: false,
      contextSize: 10,
      packing: 'stream',
      batchContexts: 4,
      bufferContexts: 8,
      texts: { type: 'text-files', root, documents: 'paragraph' },
      ...language,
    },
  };
}

/** Everything a row says, as text: two rows with the same are the same row. */
export function rowTexts(batches: readonly ActivationBatch[]): string[] {
  return batches.flatMap(({ acts, targets, exampleIndex, tokenIndex }) => {
    const n = exampleIndex.length;
    const row = (values: Float32Array | undefined, i: number): string =>
      values === undefined
        ? ''
        : values.subarray((i * values.length) / n, ((i + 1) * values.length) / n).join();
    return Array.from(
      exampleIndex,
      (example, i) => `${example}:${tokenIndex[i]}:${row(acts, i)}:${row(targets, i)}`,
    );
  });
}

/** All batches of a pass. */
export async function collect(batches: AsyncIterable<ActivationBatch>): Promise<ActivationBatch[]> {
  const all: ActivationBatch[] = [];
  for await (const batch of batches) all.push(batch);
  return all;
}
