// What a workbench tells of circuits, and what it does with them: the data, and the actions with their questions and answers.
import type { CircuitIsland, FeatureDetails } from '../circuit-page.ts';
import { type Action, action, type Path, path } from '../source.ts';
import type { CircuitMarks } from './marks.ts';

/** A circuit as the file of its graph has it. */
export interface CircuitData extends CircuitIsland {
  /** Names the state of the file; whoever saves says which one was changed. */
  readonly version: string;
  /** Keys of the features whose details are there. */
  readonly features: readonly string[];
  /** Ids of the pages of features by layer. */
  readonly pages: Readonly<Record<string, string>>;
}

/** Marks for the file of a circuit. */
export interface SaveMarksRequest {
  /** Id of the circuit. */
  readonly circuit: string;
  readonly marks: CircuitMarks;
  /** The state of the file that they were made from. */
  readonly version: string;
}

/** What became of them: saved, or the circuit as somebody else has changed it since. */
export type SaveMarksAnswer = { readonly version: string } | { readonly changed: CircuitData };

/** What can be asked of a trace: who asks gives these fields, each a setting of `saev circuits`. */
export interface TraceForm {
  readonly transcoders: readonly TranscoderEntry[];
  readonly fields: readonly TraceField[];
}

/** A transcoder that was found. */
export interface TranscoderEntry {
  /** Id of its run. */
  readonly id: string;
  readonly title: string;
  /** The model that it belongs to. */
  readonly model: string;
  readonly layer: number;
}

/** A setting of a trace. */
export interface TraceField {
  readonly name: string;
  readonly kind: 'choice' | 'number' | 'switch' | 'text' | 'texts';
  /** What it does. */
  readonly description: string;
  /** Heading above it. */
  readonly group: string;
  readonly default?: unknown;
  readonly choices?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly isWhole?: boolean;
}

/** A trace that is asked for: the transcoders by their runs' ids, and settings by name. */
export interface TraceRequest {
  readonly prompt: string;
  readonly transcoders: readonly string[];
  readonly [setting: string]: unknown;
}

/** What was traced. */
export interface TraceAnswer {
  /** Id of the circuit, in the catalogue from now on. */
  readonly circuit: string;
  readonly nodes: number;
  readonly edges: number;
}

/** The names of the data. */
export const CIRCUIT_ROUTES = {
  /** The circuits' own form. */
  form: path<TraceForm>('circuits', 'form'),
  graph: (id: string): Path<CircuitData> => path('circuits', id, 'graph'),
  /** Details of all features that the circuit knows, by key. */
  features: (id: string): Path<Readonly<Record<string, FeatureDetails>>> =>
    path('circuits', id, 'features'),
} as const;

/** Keep marks in the file of a circuit. */
export const SAVE_MARKS: Action<SaveMarksRequest, SaveMarksAnswer> = action('save-marks');

/** Trace a circuit into a new folder. */
export const TRACE: Action<TraceRequest, TraceAnswer> = action('trace');
