// What a workbench has to show: everything that was found below the opened folders.
import { type Path, path } from './source.ts';

/** Version of this contract; a page refuses data of another. */
export const WORKBENCH_VERSION = 1;

/** Everything that was found. */
export interface Catalogue {
  readonly version: number;
  readonly title: string;
  /** The opened folders, as a person named them. */
  readonly folders: readonly string[];
  readonly runs: readonly RunSummary[];
  readonly features: readonly FeaturesEntry[];
  readonly circuits: readonly CircuitEntry[];
  readonly studies: readonly StudyEntry[];
  readonly shards: readonly Entry[];
  /** Coders that can be asked, each with the model that it belongs to. */
  readonly models: readonly ModelEntry[];
  /** What can be done here, by the name of the action: `true`, or why not. */
  readonly abilities: Readonly<Record<string, true | string>>;
}

/** Something that was found. */
export interface Entry {
  /** Its path below the opened folders, safe as a part of an address and as a file name. */
  readonly id: string;
  /** What people call it. */
  readonly title: string;
  /** Where it stands, from the folder that was opened. */
  readonly folder: string;
  /** Why it cannot be shown. */
  readonly fault?: string;
}

/** A run, as lists name it. */
export interface RunSummary extends Entry {
  readonly state: 'running' | 'stopped' | 'finished';
  readonly tag?: string;
}

/** A page of features. */
export interface FeaturesEntry extends Entry {
  readonly modality: 'image' | 'text';
  /** Features on the page, and latents of the coder. */
  readonly features: number;
  readonly dSae: number;
  /** Id of the run that it belongs to, where it lies inside one. */
  readonly run?: string;
}

/** A circuit that was traced. */
export interface CircuitEntry extends Entry {
  readonly model: string;
  readonly prompt: string;
  readonly nodes: number;
  readonly links: number;
  /** What was traced, for people, and how much of it is explained: 0 to 1. */
  readonly root?: string;
  readonly replacement?: number;
  readonly completeness?: number;
}

/** Results of a study. */
export interface StudyEntry extends Entry {
  /** Name of the study: `score`, `semseg`, `classify`, `semprobe`. */
  readonly kind: string;
}

/** A coder that can be asked about examples. */
export interface ModelEntry extends Entry {
  readonly modality: 'image' | 'text';
  readonly dSae: number;
  /** Name of the model, and the place in it that the coder reads. */
  readonly model: string;
  readonly place: string;
  /** Id of the page that shows its features. */
  readonly features?: string;
  readonly run?: string;
}

/** The name of the catalogue. */
export const CATALOGUE: Path<Catalogue> = path('catalogue');
