// What the feature page is told. Written by the library, read by the page in web/: both import these types.
import { type Path, path } from './source.ts';

/** Version of this contract; a page refuses data of another. */
export const PAGE_VERSION = 2;

/** Everything but the examples: read at once when the page opens. Lists are by feature, in the page's own order. */
export type PageIndex = ImagePageIndex | TextPageIndex;

/** The index of a page over images. */
export interface ImagePageIndex extends CommonIndex {
  readonly modality: 'image';
  readonly images: ImageFiles;
}

/** The index of a page over texts. */
export interface TextPageIndex extends CommonIndex {
  readonly modality: 'text';
  readonly texts: TextFacts;
}

interface CommonIndex {
  readonly version: number;
  readonly title: string;
  /** Facts about the run, as label and text. */
  readonly facts: readonly (readonly [string, string])[];
  /** Names the autoencoder: a hash of what decides its values. */
  readonly coder?: string;
  /** Latents of the autoencoder, and how many of them never fired. */
  readonly dSae: number;
  readonly nDead: number;
  /** What orders a feature's examples. */
  readonly rankBy: 'max' | 'sum';
  /** What people call one token, and many: patch and patches, image and images. */
  readonly token: { readonly one: string; readonly many: string };
  readonly features: FeatureColumns;
  /** Living latents that the page shows only as dots of its scatter plot. */
  readonly others: OtherLatents;
  /** Where features lie whose decoder rows point the same way: between 0 and 1, one entry a feature. */
  readonly map?: { readonly x: Float32Array; readonly y: Float32Array };
  /** Why there is no map. */
  readonly noMap?: string;
  /** Rows over which was counted which features fire together. */
  readonly sampledRows?: number;
  /** Which percentile `features.percentile` is. */
  readonly percentile: number;
  /** Edges of the bins of every histogram, log10. */
  readonly histogramEdges: readonly number[];
  /** Features in one chunk of examples. */
  readonly chunkSize: number;
  readonly concepts?: readonly ConceptMatch[];
  /** Whether `pages.js` beside the page lists the pages near it. */
  readonly hasSiblings?: boolean;
}

/** A page of features that stands near another. */
export interface SiblingPage {
  /** From the folder that holds the folders of all: `visuals/sort_by_patch`. */
  readonly path: string;
  readonly title: string;
  /** What tells it from others of its title: the autoencoder, and what ranks its examples. */
  readonly about: string;
}

/** Latents that are not shown, as dots. */
export interface OtherLatents {
  readonly logFrequency: Float32Array;
  readonly logValue: Float32Array;
}

/** Statistics, one entry a feature. */
export interface FeatureColumns {
  readonly latent: Uint32Array;
  /** log10 of the fraction of rows on which it fires; NaN when it never does. */
  readonly logFrequency: Float32Array;
  /** log10 of its mean value where it fires; NaN when it never does. */
  readonly logValue: Float32Array;
  readonly max: Float32Array;
  readonly percentile: Float32Array;
  /** The commonest label among its examples, and the share of examples that have it. */
  readonly label: readonly string[];
  readonly labelShare: Float32Array;
  /** Words that a search finds it by besides; absent for images. */
  readonly words?: WordLists;
}

/** Lists of words: those of feature `i` are `texts` at `index[start[i]] … index[start[i + 1] − 1]`. */
export interface WordLists {
  readonly texts: readonly string[];
  readonly start: Uint32Array;
  readonly index: Uint32Array;
}

/** An index as files hold it: columns as base64 of little-endian float32 and uint32 (`packIndex` of `features/packed-index.ts`). */
export type PackedIndex = Packed<ImagePageIndex> | Packed<TextPageIndex>;
type Packed<Index extends PageIndex> = Omit<Index, 'features' | 'others' | 'map'> & {
  readonly features: PackedFeatures;
  readonly map?: { readonly x: string; readonly y: string };
  readonly others: { readonly logFrequency: string; readonly logValue: string };
};

/** The columns of features in a file, each with `count` entries. */
export interface PackedFeatures extends Record<PackedColumn, string> {
  readonly count: number;
  readonly label: PackedTexts;
  readonly words?: PackedTexts & { readonly start: string };
}
type PackedColumn = 'latent' | 'logFrequency' | 'logValue' | 'max' | 'percentile' | 'labelShare';

/** Texts, each once, and which of them stands in each place. */
export interface PackedTexts {
  readonly texts: readonly string[];
  readonly index: string;
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
export type PageChunk = ImageChunk | TextChunk;

/** Latents that are near a feature, nearest first; some may not be on the page. */
export interface NearestFeatures {
  /** By the cosine of decoder rows. */
  readonly decoder: readonly Weighted[];
  /** By the correlation of values, zeros included, over rows. */
  readonly together: readonly Weighted[];
}

/** A chunk of features of images, with their examples: loaded when one of them is opened. */
export interface ImageChunk {
  readonly features: readonly ImageFeature[];
}

/** A feature of images, with its examples. */
export interface ImageFeature {
  /** Counts of the feature's values in the bins of `histogramEdges`. */
  readonly histogram: readonly number[];
  /** Value that 255 stands for in `maps`. */
  readonly upper: number;
  readonly examples: readonly PageExample[];
  /** Base64 of uint8 `[examples, tokens]`: `round(255 · value / upper)`; empty when examples have one token. */
  readonly maps: string;
  readonly nearest?: NearestFeatures;
}

/** An example of images: which one, and how strongly a feature responds on each of its patches. */
export interface PageExample {
  /** Index of the image in its dataset. */
  readonly example: number;
  readonly score: number;
  readonly label: string;
  /** Where the image stands: a path, or a row of a table. */
  readonly source: string;
}

/** What features of texts have in common. */
export interface TextFacts {
  /** Tokens that are signs and no text, such as the one that begins a text. */
  readonly special: readonly string[];
  /** Heads of a layer, and layers before the features, whose norms are given. */
  readonly nHeads: number;
  readonly nHeadLayers: number;
  /** Earlier transcoders that features are pulled back through, and the page of each, where it is known. */
  readonly earlier: readonly {
    readonly name: string;
    readonly layer: number;
    readonly page?: string | undefined;
  }[];
}

/** Features of texts. Tokens are indices into `vocabulary`. */
export interface TextChunk {
  readonly features: readonly TextFeature[];
  readonly vocabulary: readonly string[];
  /** Contexts by their number: base64 of uint16 `[tokens]`, little-endian. */
  readonly texts: Readonly<Record<number, string>>;
}

/** A feature of texts: its examples, and what it reads and writes. */
export interface TextFeature {
  /** Counts of the feature's values in the bins of `histogramEdges`. */
  readonly histogram: readonly number[];
  /** Its largest value. */
  readonly upper: number;
  /** The top examples, then random ones in bands of value, highest first. */
  readonly groups: readonly TextGroup[];
  /** What it adds to the logits of tokens at strength 1; absent where it does not write to the residual stream. */
  readonly logits?: TokenTable & {
    readonly heights: readonly number[];
    readonly low: number;
    readonly high: number;
  };
  /** Which token embeddings it reads; absent, as what follows, where it does not read the residual stream. */
  readonly embeddings?: TokenTable;
  readonly heads?: {
    /** `[nHeadLayers · nHeads]`, norm of what it reads carried back through each head. */
    readonly norms: readonly number[];
    /** The heads of the largest norms, and the embeddings it reads through them. */
    readonly strongest: readonly (TokenTable & { readonly layer: number; readonly head: number })[];
  };
  /** Its connections to features of each of the earlier transcoders. */
  readonly pullbacks: readonly {
    readonly top: readonly Weighted[];
    readonly bottom: readonly Weighted[];
  }[];
  readonly nearest?: NearestFeatures;
}

/** A token or a feature, and a number that belongs to it. */
export type Weighted = readonly [index: number, weight: number];

/** The tokens at both ends of a vector, farthest first. */
export interface TokenTable {
  readonly top: readonly Weighted[];
  readonly bottom: readonly Weighted[];
}

/** Examples of one kind: with bounds and a share of all tokens when they are those of a band. */
export interface TextGroup {
  readonly band?: { readonly low: number; readonly high: number; readonly share: number };
  readonly examples: readonly TextExample[];
}

/** An example of texts: its tokens, and how strongly a feature responds to each. */
export interface TextExample {
  /** Number of the context. */
  readonly text: number;
  /** Position for which it was chosen. */
  readonly at: number;
  /** Positions on which the feature fires, and its values there. */
  readonly positions: readonly number[];
  readonly values: readonly number[];
}

/** Where a program that shows several pages has the parts of one. */
export const FEATURE_ROUTES = {
  index: (id: string): Path<PackedIndex> => path('features', id, 'index'),
  chunk: (id: string, n: number | string): Path<PageChunk> => path('features', id, 'chunks', n),
  /** The file of the picture of an example, whatever its true format. */
  picture: (id: string, example: number | string): string =>
    `features/${id}/pictures/${example}.jpg`,
} as const;

/** Ids and names that page and library share. */
export const PAGE_NAMES = {
  index: 'saev-index',
  chunk: (n: number): string => `saev-chunk-${n}`,
  images: 'saev-images',
  /** Function that a chunk's script calls with its number and its content. */
  receive: 'saevChunk',
  chunkFile: (n: number): string => `data/features-${n}.js`,
  /** Where the picture of an example lies. */
  imageFile: ({ folder, extension }: ImageFiles, example: number): string =>
    `${folder}/${Math.floor(example / 1000)}/${example}.${extension}`,
  /** Function that the list of pages calls, and its file. */
  receivePages: 'saevPages',
  pagesFile: 'pages.js',
} as const;
