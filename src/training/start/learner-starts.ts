// What new coders of a group learn of their data before the first step, from one read of it.
import type { ActivationSource } from '../../activations/types.ts';
import type { StartRows } from '../../sae/learning/init.ts';
import type { FittedConfig } from '../config/fitting.ts';
import type { StreamSeeds } from '../runs/run-directory.ts';
import { lookAtFirstRows } from './first-rows.ts';
import { latentsOf } from './make-learner.ts';
import { startLooker } from './start-rows.ts';
import { type TypicalRows, typicalLooker } from './typical-rows.ts';

/** Rows of data that a new coder starts from, as far as it wants any. */
export interface LearnerStart {
  readonly typical?: TypicalRows | undefined;
  readonly rows?: StartRows | undefined;
}

/** A coder that is to begin, and its rows. */
interface Beginning {
  readonly config: FittedConfig;
  readonly rows: { readonly source: ActivationSource };
}

/** Look at the first rows of one shuffled read for all coders, each on its own source, and say where each starts. */
export async function learnerStarts(
  beginning: readonly Beginning[],
  seeds: StreamSeeds,
  signal: AbortSignal | undefined,
): Promise<LearnerStart[]> {
  const sources = [...new Set(beginning.map(({ rows }) => rows.source))];
  const looked = sources.map((source) => {
    const own = beginning.filter(({ rows }) => rows.source === source);
    const configs = own.map(({ config }) => config);
    const wanted = configs.map(({ sae }) => (sae.dataBlend > 0 ? latentsOf(sae, source) : 0));
    const typical = typicalLooker(configs, source);
    const start = startLooker(wanted, source);
    return { source, own, typical, start, lookers: [typical, start] };
  });
  await lookAtFirstRows(looked, seeds, signal);
  const starts = new Map<Beginning, LearnerStart>();
  for (const { own, typical, start } of looked) {
    const typicals = await typical.found(signal);
    const rows = start.found();
    for (const [i, coder] of own.entries()) {
      starts.set(coder, { typical: typicals[i], rows: rows[i] });
    }
  }
  return beginning.map((coder) => starts.get(coder)!);
}
