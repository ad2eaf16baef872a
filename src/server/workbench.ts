// What the routes work with: the catalogue of what was found, and the models that can be asked.
import type { Catalogue, Entry } from '../pages/catalogue.ts';
import type { Found } from './catalogue/find.ts';
import type { RunEvents } from './events/run-events.ts';
import type { Models } from './models/models.ts';
import type { Limits } from './safety/limits.ts';

/** The lists of the catalogue. */
export type EntryList = 'runs' | 'features' | 'circuits' | 'studies' | 'shards' | 'models';

/** Folders that are found and stand in no list: heads, and images with segmentation maps. */
export type BesideList = 'heads' | 'maps';

/** An open workbench. */
export interface Workbench {
  /** Look what is there, at most once in a while. */
  catalogue(): Promise<Catalogue>;
  /**
   * Find the folder of an entry, which lies below the opened ones.
   * @throws {UserError} when the catalogue has no such entry.
   */
  folder(list: EntryList, id: string): Promise<string>;
  /** List what was found beside the lists of the catalogue. */
  beside(list: BesideList): Promise<readonly Found[]>;
  /** Look anew at the next question: something was made. */
  forget(): void;
  /** The opened folders. */
  readonly roots: readonly string[];
  readonly models: Models;
  /** How much visitors may ask for. */
  readonly limits: Limits;
  /** What happens to the runs while somebody listens. */
  readonly runEvents: RunEvents;
  /** Aborted when the workbench closes. */
  readonly signal: AbortSignal;
  close(): Promise<void>;
}

/** An entry with the place where it was found. */
export type FoundEntry = Entry & { readonly found: Found };
