// What the score page is told. Written by the library, read by the page in web/: both import these types.

/** Version of this contract; a page refuses data of another. */
export const SCORE_PAGE_VERSION = 1;

/** Everything on the page. */
export interface ScoreIsland {
  readonly version: number;
  readonly title: string;
  /** Facts about the job, as label and text. */
  readonly facts: readonly (readonly [string, string])[];
  /** What people call one row that was scored, and many: patch and patches, image and images. */
  readonly row: { readonly one: string; readonly many: string };
  /** Rows that purity looks at, and the average precision from which a concept is covered. */
  readonly k: number;
  readonly tau: number;
  /** Relative address of the page of features; absent where there is none. */
  readonly features?: string;
  /** The autoencoder first, then what it is compared with. */
  readonly methods: readonly ScoreMethod[];
  readonly concepts: readonly ScoreConcept[];
}

/** A method and its figures over all concepts. */
export interface ScoreMethod {
  readonly method: string;
  readonly width: number;
  readonly normalizedMse: number;
  readonly l0: number;
  readonly probeR: number;
  readonly meanAveragePrecision: number;
  readonly purity: number;
  readonly coverage: number;
  readonly meanF1: number;
}

/** Measures that a latent can be best by. */
export type ScoreMeasure = 'averagePrecision' | 'f1' | 'probe';

/** A concept, the latents of the autoencoder that tell it, and the best of each other method. */
export interface ScoreConcept {
  readonly kind: string;
  readonly name: string;
  /** Rows of the half that was measured on: all, and those with the concept. */
  readonly rows: number;
  readonly positives: number;
  /** Why it was not scored. */
  readonly skipped?: string;
  /** The best latent by each measure, chosen on the other half; absent where it was skipped. */
  readonly best?: Readonly<Record<ScoreMeasure, number>>;
  readonly latents: readonly ScoreLatent[];
  /** In the order of the methods, the autoencoder left out; the best by each measure. */
  readonly others: readonly Readonly<Record<ScoreMeasure, number>>[];
}

/** A latent, measured on the half that it was not chosen on. */
export interface ScoreLatent {
  readonly latent: number;
  readonly threshold: number;
  readonly averagePrecision: number;
  readonly f1: number;
  readonly precision: number;
  readonly recall: number;
  /** `1 − loss / loss of a constant` of its logistic probe. */
  readonly probe: number;
  readonly purity: number;
  /** Whether its probe speaks for the concept, or against it. */
  readonly isAgainst: boolean;
  /** Recall and precision, from the highest values on. */
  readonly curve: readonly (readonly [number, number])[];
}

/** Id of the part of the page that holds the data. */
export const SCORE_ISLAND = 'saev-scores';
