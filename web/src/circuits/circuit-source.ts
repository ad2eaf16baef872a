// Where the page takes a circuit from. On a page of its own that is the page itself; the workbench asks a server or files.
import {
  CIRCUIT_NAMES,
  type CircuitIsland,
  type FeatureDetails,
} from '../../../src/pages/circuit-page.ts';
import type { CircuitMarks } from '../../../src/pages/circuits/marks.ts';
import { takeIsland } from '../shared/islands.ts';

/** What became of saving: done, or the circuit as somebody else has changed its file in between; then nothing was written. */
export type Saved = 'saved' | { readonly changed: CircuitSource };

/** A circuit, and what is known of its features. */
export interface CircuitSource {
  readonly island: CircuitIsland;
  /** Keys of the features whose details are there. */
  readonly features: ReadonlySet<string>;
  /** Address of a feature on its own page; where absent, it follows from the graph. */
  pageOf?(key: string): string | undefined;
  /** Keep marks in the file that the circuit comes from; absent where there is none to write to. */
  save?(marks: CircuitMarks): Promise<Saved>;
  /** What a feature responds to; undefined where that is not known. At once, or later. */
  feature(key: string): FeatureDetails | undefined | Promise<FeatureDetails | undefined>;
}

/** Show another source in the place of the one that is shown. */
export type Open = (
  source: CircuitSource,
  how?: { readonly said?: string; readonly keepAddress?: boolean },
) => void;

/** Take the circuit that is inside the page. */
export function islandSource(): CircuitSource {
  const island = takeIsland<CircuitIsland>(CIRCUIT_NAMES.graph);
  if (island === undefined) throw new Error('This page holds no circuit.');
  const features = new Set(takeIsland<string[]>(CIRCUIT_NAMES.features));
  const taken = new Map<string, FeatureDetails | undefined>();
  return {
    island,
    features,
    feature(key) {
      if (!taken.has(key)) taken.set(key, takeIsland(CIRCUIT_NAMES.feature(key)));
      return taken.get(key);
    },
  };
}
