// A coder at work at its place in a language model.
import type { CoderPlace } from '../../sae/coder.ts';
import type { Coder } from '../../sae/open-coder.ts';

/** A coder that is measured: what results call it, and where it reads and writes. */
export interface BenchedCoder {
  /** Name in results: a run's, or a repository's. */
  readonly name: string;
  readonly coder: Coder;
  readonly place: CoderPlace;
}
