// What the feature page is told. Written by the library, read by the page in web/: both import these types.

/** Version of this contract; a page refuses data of another. */
export const PAGE_VERSION = 1;

/** Everything but the examples: read at once when the page opens. Lists are by feature, in the page's own order. */
export interface PageIndex {
  readonly version: number;
  /** What kind of example the features were found in. */
  readonly modality: 'image';
  readonly title: string;
  /** Facts about the run, as label and text. */
  readonly facts: readonly (readonly [string, string])[];
  /** Latents of the autoencoder, and how many of them never fired. */
  readonly dSae: number;
  readonly nDead: number;
  /** What orders a feature's examples. */
  readonly rankBy: 'max' | 'sum';
  /** What people call one token, and many: patch and patches, image and images. */
  readonly token: { readonly one: string; readonly many: string };
  readonly features: FeatureColumns;
  /** Living latents that the page shows only as dots of its scatter plot. */
  readonly others: {
    readonly logFrequency: readonly number[];
    readonly logValue: readonly number[];
  };
  /** Which percentile `features.percentile` is. */
  readonly percentile: number;
  /** Edges of the bins of every histogram, log10. */
  readonly histogramEdges: readonly number[];
  /** Features in one chunk of examples. */
  readonly chunkSize: number;
  readonly images: ImageFiles;
  readonly concepts?: readonly ConceptMatch[];
}

/** Statistics, one entry a feature. */
export interface FeatureColumns {
  readonly latent: readonly number[];
  /** log10 of the fraction of rows on which it fires; null when it never does. */
  readonly logFrequency: readonly (number | null)[];
  /** log10 of its mean value where it fires. */
  readonly logValue: readonly (number | null)[];
  readonly max: readonly number[];
  readonly percentile: readonly number[];
  /** The commonest label among its examples, and the share of examples that have it. */
  readonly label: readonly string[];
  readonly labelShare: readonly number[];
}

/** Where the source images lie: each one once, as the model saw it. */
export interface ImageFiles {
  /** Patches along each side of an image; 0 when examples have no patches. */
  readonly side: number;
  /** Path of image i: `folder/⌊i / 1000⌋/i.extension`; unused when the images are inside the page. */
  readonly folder: string;
  readonly extension: string;
}

/** A concept of the data and the latent that tells it best. */
export interface ConceptMatch {
  readonly concept: string;
  readonly latent: number;
  readonly f1: number;
  readonly precision: number;
  readonly recall: number;
}

/** The examples of `chunkSize` features that follow one another in the index. */
export interface PageChunk {
  readonly features: readonly FeatureExamples[];
}

export interface FeatureExamples {
  /** Counts of the feature's values in the bins of `histogramEdges`. */
  readonly histogram: readonly number[];
  /** Value that 255 stands for in `maps`. */
  readonly upper: number;
  readonly examples: readonly PageExample[];
  /** Base64 of uint8 `[examples, tokens]`: `round(255 · value / upper)`; empty when examples have one token. */
  readonly maps: string;
}

export interface PageExample {
  /** Index of the image in its dataset. */
  readonly example: number;
  readonly score: number;
  readonly label: string;
  /** Where the image stands: a path, or a row of a table. */
  readonly source: string;
}

/** Ids and names that page and library share. */
export const PAGE_NAMES = {
  index: 'saev-index',
  chunk: (n: number): string => `saev-chunk-${n}`,
  images: 'saev-images',
  /** Function that a chunk's script calls with its number and its content. */
  receive: 'saevChunk',
  chunkFile: (n: number): string => `data/features-${n}.js`,
} as const;
