// What the page is told of a study's results: tables, some of whose cells name latents, and pictures.
import type { ScoreIsland } from './score-page.ts';
import { type Path, path } from './source.ts';

/** The results of a study. */
export interface StudyPage {
  /** Name of its kind: `classify`. */
  readonly kind: string;
  /** What it is, for people. */
  readonly label: string;
  /** Id of the page of the features that its tables name, where it is known. */
  readonly features?: string;
  readonly tables: readonly StudyTable[];
  readonly pictures: readonly StudyPicture[];
  /** Whether it has a page of concepts with their scores. */
  readonly hasScores: boolean;
}

/** A table of results. */
export interface StudyTable {
  readonly file: string;
  readonly title: string;
  readonly columns: readonly StudyColumn[];
  /** Rows by column; null where a cell is empty or no number. */
  readonly rows: readonly (readonly (string | number | null)[])[];
  /** Rows of the file, more than are here when it is long. */
  readonly nRows: number;
}

/** A column of a table. */
export interface StudyColumn {
  readonly name: string;
  readonly kind: 'text' | 'number' | 'latent';
}

/** A picture that a study drew. */
export interface StudyPicture {
  /** Name of its file without the extension. */
  readonly name: string;
  readonly title: string;
}

/** Where a program has the results of studies. */
export const STUDY_ROUTES = {
  page: (id: string): Path<StudyPage> => path('studies', id, 'results'),
  scores: (id: string): Path<ScoreIsland> => path('studies', id, 'scores'),
  picture: (id: string, name: string): string => `studies/${id}/pictures/${name}.png`,
} as const;
