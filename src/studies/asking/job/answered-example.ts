// An example and what a coder answered about it.
import type { RgbImage } from '../../../data/images/images.ts';
import type { LatentsAnswer } from '../../../pages/ask.ts';
import type { KnownLatent } from './known-latents.ts';

/** The answer of one coder about one example. */
export interface AnsweredExample {
  /** The image's path, or the beginning of the text. */
  readonly example: string;
  readonly answer: LatentsAnswer;
  /** What visuals of the run say of its latents. */
  readonly known: ReadonlyMap<number, KnownLatent>;
}

/** An example with the pixels of its image. */
export type ReadExample =
  | { readonly name: string; readonly image: RgbImage }
  | { readonly name: string; readonly text: string };
