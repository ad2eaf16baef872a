// What fires on one picture or one text: an example through the model and the coder, and an answer about its latents.
import { type Scaling, scaleRow } from '../../activations/reading/scaling.ts';
import { UserError } from '../../base/errors.ts';
import { number } from '../../base/text.ts';
import type { SparseRows } from '../../compute/sparse-rows.ts';
import { ASK_LIMITS, type ImageSeen, type LatentsAnswer, type TextSeen } from '../../pages/ask.ts';
import { estimateNormalization } from '../../sae/normalization.ts';
import { answerOfCodes } from './answer.ts';
import type { Askable, AskableImages, AskableTexts } from './askable.ts';
import { type AskedExample, imageOf } from './example-image.ts';
import { checkText, type ExampleLimits } from './limits.ts';
import { imageSeen, textSeen } from './seen.ts';

/** What is asked, and within which bounds. */
export interface AskOptions {
  /** Strongest latents. @default 20 */
  readonly top?: number | undefined;
  /** Latents wanted besides, whether they fire or not. */
  readonly latents?: readonly number[] | undefined;
  /** Whether tokens that are signs, such as the one that begins a text, count for what is strongest. @default false */
  readonly signs?: boolean | undefined;
  readonly limits?: ExampleLimits | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** One example as a model and its coder see it. */
export interface ExampleCodes {
  /** `[rows, dSae]` */
  readonly codes: SparseRows;
  readonly seen: ImageSeen | TextSeen;
  /** What to know before trusting it. */
  readonly notes: readonly string[];
}

/**
 * Say which latents fire on an image or a text.
 * @throws {UserError} for images that cannot be read, texts that are empty or too long, an example of the other kind than
 * the model's, latents that there are not, and what is beyond the limits
 */
export async function ask(
  askable: Askable,
  example: AskedExample,
  { top, latents, signs = false, ...options }: AskOptions = {},
): Promise<LatentsAnswer> {
  const { dSae } = askable.coder;
  const unknown = latents?.find((n) => !(Number.isInteger(n) && n >= 0 && n < dSae));
  if (unknown !== undefined) {
    throw new UserError(`unknown latent ${unknown}: '${askable.name}' has ${number(dSae)}`, {
      hint: `latents run from 0 to ${dSae - 1}`,
    });
  }
  const { codes, seen, notes } = await encodeExample(askable, example, options);
  const uncounted = seen.kind === 'text' && !signs ? seen.special : undefined;
  const answer = answerOfCodes(codes, { top, latents, signs: uncounted });
  return { model: askable.name, notes, seen, ...answer };
}

/**
 * Run an example through the model and encode it: the codes that visuals would find.
 * @throws {UserError} as {@link ask}
 */
export async function encodeExample(
  askable: Askable,
  example: AskedExample,
  options: Pick<AskOptions, 'limits' | 'signal'> = {},
): Promise<ExampleCodes> {
  options.signal?.throwIfAborted();
  const found =
    askable.modality === 'image'
      ? await rowsOfImage(askable, example, options)
      : await rowsOfText(askable, example, options);
  options.signal?.throwIfAborted();
  const codes = await askable.encode(found.rows);
  if (codes.value.every(Number.isFinite)) return { ...found, codes };
  throw new UserError(`invalid codes of '${askable.name}': not all of them are finite numbers`, {
    hint: 'its checkpoint is damaged, or of another model',
  });
}

interface FoundRows {
  readonly rows: Float32Array;
  readonly seen: ImageSeen | TextSeen;
  readonly notes: readonly string[];
}

async function rowsOfImage(
  askable: AskableImages,
  example: AskedExample,
  { limits, signal }: Pick<AskOptions, 'limits' | 'signal'>,
): Promise<FoundRows> {
  if (!('image' in example)) throw otherKind(askable.name, 'images', 'a text');
  const image = await imageOf(example, limits);
  const { backbone, rows, scaling } = askable;
  const pixels = backbone.preprocess(image);
  const seen = await imageSeen(image, backbone.transform, rows);
  if (scaling !== undefined)
    return { rows: await rows.rows(pixels, { scaling, signal }), seen, notes: [] };
  const plain = await rows.rows(pixels, { scaling: UNSCALED, signal });
  return { rows: await scaledByThemselves(plain, askable), seen, notes: [ESTIMATED] };
}

async function rowsOfText(
  askable: AskableTexts,
  example: AskedExample,
  { limits, signal }: Pick<AskOptions, 'limits' | 'signal'>,
): Promise<FoundRows> {
  if (!('text' in example)) throw otherKind(askable.name, 'texts', 'an image');
  const { backbone, home, rows, scaling } = askable;
  const { tokenizer } = backbone;
  const ids = tokensOf(askable, example.text, limits);
  const seen = textSeen(ids, tokenizer, home.contextSize);
  const notes =
    home.contextSize !== undefined && ids.length > home.contextSize
      ? [
          `The text has ${ids.length} tokens; in training contexts had ${home.contextSize}: what fires behind them was never trained.`,
        ]
      : [];
  if (scaling !== undefined)
    return { rows: await rows.rows(ids, { scaling, signal }), seen, notes };
  const plain = await rows.rows(ids, { scaling: UNSCALED, signal });
  return { rows: await scaledByThemselves(plain, askable), seen, notes: [...notes, ESTIMATED] };
}

/** Token ids of a text as in training. */
export function tokensOf(
  { backbone, home, name }: AskableTexts,
  text: string | Int32Array,
  limits: ExampleLimits = {},
): Int32Array {
  if (typeof text === 'string') checkText(text, limits);
  const { prependBos } = home;
  const ids = typeof text === 'string' ? backbone.tokenizer.encode(text, { prependBos }) : text;
  const most = Math.min(backbone.config.nCtx, limits.tokens ?? ASK_LIMITS.tokens);
  if (ids.length === 0) throw new UserError('empty text: there is nothing to ask about');
  if (ids.length <= most) return ids;
  throw new UserError(
    `text too long: ${number(ids.length)} tokens, the model of '${name}' reads ${number(most)}`,
    { hint: 'ask about a part of it' },
  );
}

const UNSCALED: Scaling = { clamp: Number.MAX_VALUE, mean: undefined, scalar: 1 };

export const ESTIMATED =
  'The checkpoint does not say how its inputs were centred and scaled: this is estimated from this example alone, so values are rough.';

/** Rows centred and scaled by their own mean and norm, where nothing else says how. */
async function scaledByThemselves(
  rows: Float32Array,
  { coder, home, name }: Askable,
): Promise<Float32Array> {
  const { dIn } = coder;
  const nRows = rows.length / dIn;
  if (nRows < 2) {
    throw new UserError(
      `'${name}' does not say how its inputs were scaled, and one row cannot tell`,
      {
        hint: 'give its shards with --data.shard-root, or --data.scale-mean no --data.scale-norm no',
      },
    );
  }
  const { mean, scale = 1 } = await estimateNormalization(rows, dIn);
  const scaling = { clamp: home.data.clamp, mean, scalar: scale };
  const out = new Float32Array(rows.length);
  for (let at = 0; at < rows.length; at += dIn) scaleRow(rows, at, out, at, dIn, scaling);
  return out;
}

export function otherKind(name: string, reads: string, given: string): UserError {
  return new UserError(`'${name}' reads ${reads}, not ${given}`, {
    hint: `give it ${reads === 'images' ? 'an image' : 'a text'}, or ask another model`,
  });
}
