// What is asked of models about one picture or text, and what they answer: the same on a server, at the command line and
// in the browser.
import { type Action, action } from './source.ts';

/** What people ask about: an image or a text. */
export type Example = { readonly image: ExampleImage } | { readonly text: string };

/** An image: the bytes of a file in base64, or an example of a page of features by its number in the data set. */
export type ExampleImage =
  | { readonly upload: string; readonly name?: string }
  | { readonly features: string; readonly example: number };

/** A question: what fires on this example? */
export interface AskRequest {
  /** Ids of the models, as the catalogue lists them. */
  readonly models: readonly string[];
  readonly example: Example;
  /** Strongest latents of each answer. @default 20 */
  readonly top?: number;
  /** Latents that are wanted besides, whether they fire or not. */
  readonly latents?: readonly number[];
  /** Whether tokens of a text that are signs, such as the one that begins it, count for what is strongest. @default false */
  readonly signs?: boolean;
}

/** One answer a model, in the order of the question. */
export interface AskAnswer {
  readonly answers: readonly ModelAnswer[];
}

/** What one model says, or why it cannot; the answers of others are whole all the same. */
export type ModelAnswer = FailedAnswer | LatentsAnswer;

/** Why a model has no answer: one sentence for people. */
export interface FailedAnswer {
  readonly model: string;
  readonly error: string;
}

/** What fires in one model. */
export interface LatentsAnswer {
  readonly model: string;
  readonly error?: undefined;
  /** What to know before trusting it: a sentence each. */
  readonly notes: readonly string[];
  readonly seen: ImageSeen | TextSeen;
  /** Rows that were encoded: patches, tokens, or one for all of an image. */
  readonly nTokens: number;
  /** Latents of the model. */
  readonly dSae: number;
  /** Mean number of latents that fire on a token. */
  readonly l0: number;
  /** Latents that fire on any token. */
  readonly nFiring: number;
  /** By largest value, then by sum; of a text those on tokens that are no signs, unless these were to count. */
  readonly strongest: readonly LatentAnswer[];
  /** Those that were asked for, in that order; without positions where they do not fire. */
  readonly asked: readonly LatentAnswer[];
  /** The strongest latents of each token, at most ten, strongest first. */
  readonly byToken: readonly {
    readonly latents: readonly number[];
    readonly values: readonly number[];
  }[];
}

/** An image as the model saw it. */
export interface ImageSeen {
  readonly kind: 'image';
  /** Data URL of the part that the model saw; no less detail than the model had. */
  readonly picture: string;
  /** Patches along a side; 0 where tokens are no patches (CLS alone, or a mean). */
  readonly side: number;
  /** Tokens before the first patch: 1 where the CLS token is encoded, too. */
  readonly lead: number;
  /** Pixels of the image that was given. */
  readonly original: { readonly width: number; readonly height: number };
  /** What of it the model saw, in its pixels; outside of it where the model's input was padded. */
  readonly crop: {
    readonly left: number;
    readonly top: number;
    readonly width: number;
    readonly height: number;
  };
}

/** A text as the model saw it. */
export interface TextSeen {
  readonly kind: 'text';
  /** Text of each token; parts of characters as `\xE2`. */
  readonly tokens: readonly string[];
  /** Which of them are signs and no text, such as the one that begins a text. */
  readonly special: readonly boolean[];
  /** Tokens of a context in training, where that is known: behind it the coder was never trained. */
  readonly trainedOn?: number;
}

/** One latent over the example: a sparse map. */
export interface LatentAnswer {
  readonly latent: number;
  /** Of the tokens that count; 0 where it fires on none of them. */
  readonly max: number;
  readonly sum: number;
  /** Token of the largest value; 0 where it does not fire. */
  readonly at: number;
  /** Tokens on which it fires, ascending, and its values there. */
  readonly positions: readonly number[];
  readonly values: readonly number[];
}

/** How much may be asked at once, unless someone says otherwise. */
export const ASK_LIMITS = {
  /** Bytes of an image's file, and its pixels. */
  bytes: 20 * 2 ** 20,
  pixels: 50_000_000,
  /** Characters of a text, and its tokens. */
  characters: 20_000,
  tokens: 1024,
  models: 8,
  latents: 200,
  top: 200,
  /** Latents listed of each token. */
  perToken: 10,
} as const;

/** Ask models about an example. */
export const ASK: Action<AskRequest, AskAnswer> = action('ask');
