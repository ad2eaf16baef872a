// What the page asks of a modality: everything else about it is the same for images and texts.
import type { ImagePageIndex, PageChunk, TextPageIndex } from '../../pages/feature-page.ts';
import type { FeatureLabel } from './feature-columns.ts';

/** Shows the examples of features on the page. */
export interface PagePresenter {
  /** Describe features that are loaded together, in this order. */
  chunk(
    latents: readonly number[],
  ): Promise<{ readonly chunk: PageChunk; readonly labels: readonly FeatureLabel[] }>;
  /** Write, once, into `folder` what the chunks refer to. */
  finish(
    folder: string,
    options: {
      readonly inlineLimit?: number | undefined;
      readonly signal?: AbortSignal | undefined;
    },
  ): Promise<{
    readonly index:
      | Pick<ImagePageIndex, 'modality' | 'images'>
      | Pick<TextPageIndex, 'modality' | 'texts'>;
    /** Data for inside the page. */
    readonly islands: readonly string[];
    /** Whether nothing was written beside it. */
    readonly isInline: boolean;
    /** Examples that the chunks refer to, each counted once. */
    readonly nExamples: number;
  }>;
}
