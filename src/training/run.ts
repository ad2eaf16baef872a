// Trains every run of a job: groups share their stream of data, and the groups follow one another.
import { type OpenedSource, openSource } from '../activations/source.ts';
import { UserError } from '../base/errors.ts';
import { logger } from '../base/log.ts';
import { cpuKernels } from '../compute/kernels/cpu.ts';
import type { TrainConfig } from './config.ts';
import type { TrainedRun } from './finish.ts';
import { trainGroup } from './group.ts';
import { activationOf } from './sae-options.ts';
import { splitConfigs } from './sweep.ts';

const log = logger('train');

/** What may end training early: a signal, after which `resume` goes on. */
export interface TrainOptions {
  readonly signal?: AbortSignal;
}

/**
 * Train the runs of a sweep (or a single one) and return them in the order of their configurations. Each gets a
 * directory of its own in its `runRoot`; runs that can share a stream of data do (`splitConfigs`).
 * Throws a UserError for data that is missing or does not fit, before the runs on it are begun.
 */
export async function trainRuns(
  configs: readonly TrainConfig[],
  options: TrainOptions = {},
): Promise<TrainedRun[]> {
  for (const config of configs) refuseUnsupported(config);
  const groups = splitConfigs(configs);
  log.info(`training ${configs.length} coders in ${groups.length} groups`);
  const trained = new Map<TrainConfig, TrainedRun>();
  for (const group of groups) {
    const kernels = await cpuKernels({ threads: group[0]!.threads });
    let opened: OpenedSource | undefined;
    try {
      opened = await openSource(group[0]!.data, {
        signal: options.signal,
        threads: group[0]!.threads,
      });
      const { source, scaling } = opened;
      const runs = await trainGroup(group, source, { kernels, scaling, ...options });
      for (const [i, config] of group.entries()) trained.set(config, runs[i]!);
    } finally {
      await opened?.source.close();
      await kernels.close();
    }
  }
  return configs.map((config) => trained.get(config)!);
}

/** Say before any work what cannot be done. */
function refuseUnsupported(config: TrainConfig): void {
  activationOf(config.sae);
  if (config.sae.ghostGrads) {
    throw new UserError('unsupported sae.ghostGrads: true', {
      hint: 'the original refuses it too; leave it out',
    });
  }
}
