// Two files beside the shards of texts. `tokens.bin`: the ids of every context, int32, little-endian, C order
// `[nExamples, contextSize]`. `texts.json`: the model, the tokenizer and the texts they were made with.
import { open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../base/errors.ts';
import { kindOfPath, readJson, writeFileAtomic, writeJsonAtomic } from '../../base/files.ts';
import { bytesOf } from '../../formats/tensor.ts';
import type { TextContexts } from '../types.ts';
import type { ActivationMetadata } from './metadata.ts';

const TEXTS_NAME = 'texts.json';
const TOKENS_NAME = 'tokens.bin';

const textsSchema = z.object({
  model: z.string(),
  processing: z.boolean(),
  tokenizer: z.string(),
  contextSize: z.int().min(1),
  nContexts: z.int().min(1),
  packing: z.string(),
  prependBos: z.boolean(),
  /** Where the texts are: the settings they were opened by. */
  texts: z.looseObject({}),
});

/** What `texts.json` says. */
export type RecordedTexts = z.infer<typeof textsSchema>;

/** The contexts of a shard folder, read from their file one at a time. */
export interface OpenedContexts extends TextContexts {
  close(): Promise<void>;
}

/**
 * Read `texts.json`; undefined where the folder does not hold texts.
 *
 * @throws {UserError} when it is damaged.
 */
export async function readTexts(folder: string): Promise<RecordedTexts | undefined> {
  const path = join(folder, TEXTS_NAME);
  if ((await kindOfPath(path)) === 'nothing') return undefined;
  const parsed = textsSchema.safeParse(await readJson(path, 'description of the texts'));
  if (parsed.success) return parsed.data;
  const { path: field, message } = parsed.error.issues[0]!;
  throw new UserError(
    `invalid description of the texts: '${path}': ${field.join('.')}: ${message}`,
  );
}

/**
 * Open the contexts of a folder of shards; undefined where it holds none.
 *
 * @throws {UserError} when they do not fit.
 */
export async function openContexts(
  folder: string,
  metadata: Pick<ActivationMetadata, 'nExamples' | 'nPatches'>,
): Promise<OpenedContexts | undefined> {
  const texts = await readTexts(folder);
  if (texts === undefined) return undefined;
  const { nExamples, nPatches: contextSize } = metadata;
  const path = join(folder, TOKENS_NAME);
  const bytesPerContext = contextSize * 4;
  const size = (await stat(path).catch(() => undefined))?.size;
  if (size !== nExamples * bytesPerContext || texts.contextSize !== contextSize) {
    const what = size === undefined ? 'missing' : 'invalid';
    throw new UserError(
      `${what} tokens: '${path}' ${size === undefined ? 'is not there' : `has ${size} bytes`}, expected ${nExamples} contexts of ${contextSize}`,
      { hint: 'record the activations again' },
    );
  }
  const file = await open(path, 'r');
  const { model, processing, tokenizer } = texts;
  return {
    model,
    processing,
    tokenizer,
    contextSize,
    async tokens(example) {
      if (!(Number.isInteger(example) && example >= 0 && example < nExamples)) {
        throw new UserError(`invalid example ${example}: there are ${nExamples}`);
      }
      const tokens = new Int32Array(contextSize);
      const { bytesRead } = await file.read(bytesOf(tokens), {
        position: example * bytesPerContext,
      });
      if (bytesRead === bytesPerContext) return tokens;
      throw new UserError(`invalid tokens: '${path}' is truncated`);
    },
    close: () => file.close(),
  };
}

/**
 * Write both files where they are not; where they are, they must hold the same.
 *
 * @throws {UserError} when the texts give other tokens than they did.
 */
export async function keepContexts(
  folder: string,
  texts: RecordedTexts,
  tokens: (context: number) => Promise<Int32Array>,
): Promise<void> {
  const path = join(folder, TOKENS_NAME);
  const { nContexts } = texts;
  if ((await kindOfPath(path)) === 'nothing') {
    await writeFileAtomic(path, allBytes(nContexts, tokens));
  } else if (!(await isSame(path, nContexts, tokens))) {
    throw new UserError(`the texts are no longer those that '${folder}' was begun with`, {
      hint: 'record into another folder, or with overwrite',
    });
  }
  await writeJsonAtomic(join(folder, TEXTS_NAME), texts);
}

async function* allBytes(
  n: number,
  tokens: (context: number) => Promise<Int32Array>,
): AsyncGenerator<Uint8Array, void> {
  for (let i = 0; i < n; i++) yield bytesOf(await tokens(i));
}

async function isSame(
  path: string,
  n: number,
  tokens: (context: number) => Promise<Int32Array>,
): Promise<boolean> {
  const known = await readFile(path);
  let at = 0;
  for await (const bytes of allBytes(n, tokens)) {
    if (known.compare(bytes, 0, bytes.length, at, at + bytes.length) !== 0) return false;
    at += bytes.length;
  }
  return at === known.length;
}
