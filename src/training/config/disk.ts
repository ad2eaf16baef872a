// What runs will write, so that it can be said before they begin.
import type { ActivationSource } from '../../activations/types.ts';
import { bytes, counted } from '../../base/text.ts';
import type { FittedConfig } from './fitting.ts';

/** From this many bytes on it is worth a word. */
const LARGE = 1e9;

/** Bytes that a run leaves, and those that it takes besides while it trains. */
export interface DiskNeeds {
  readonly left: number;
  readonly meanwhile: number;
}

/**
 * What a run writes: its coder and those on the way, float32; and meanwhile its state, weights with both moments of Adam,
 * of which a second is written before the first is removed.
 */
export function diskNeeds(
  { sae, nCheckpoints, checkpointEvery }: FittedConfig,
  { dModel, dTarget = dModel }: Pick<ActivationSource, 'dModel' | 'dTarget'>,
): DiskNeeds {
  const dSae = sae.dSae ?? dModel * sae.expFactor;
  const coder = 4 * (dSae * (dModel + dTarget + 1) + dTarget);
  return {
    left: coder * (1 + nCheckpoints),
    meanwhile: checkpointEvery > 0 ? coder * 3 * 2 : coder * 3,
  };
}

/** Say what runs will write, where it is much; undefined where it is not. */
export function diskText(
  runs: readonly {
    readonly config: FittedConfig;
    readonly source: Pick<ActivationSource, 'dModel' | 'dTarget'>;
  }[],
): string | undefined {
  const needs = runs.map(({ config, source }) => diskNeeds(config, source));
  const sum = (of: keyof DiskNeeds): number => needs.reduce((total, each) => total + each[of], 0);
  const [left, meanwhile] = [sum('left'), sum('meanwhile')];
  if (left + meanwhile < LARGE) return undefined;
  const roots = [...new Set(runs.map(({ config }) => config.runRoot))].join(', ');
  return `${counted(runs.length, 'run')} will write ${bytes(left)} into ${roots}, and up to ${bytes(meanwhile)} of state meanwhile`;
}
