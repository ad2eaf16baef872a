// Trains every run of a job: groups share their stream of data, and the groups follow one another.
import { HOLD_OUT_FROM } from '../activations/open-options.ts';
import { UserError } from '../base/errors.ts';
import { logger } from '../base/log.ts';
import { requeuedJob } from '../base/system/slurm-job.ts';
import { counted } from '../base/text.ts';
import { openKernels } from '../compute/kernels/open.ts';
import { textKindOf } from '../data/texts/sources/open-texts.ts';
import { checkConfig } from './config/checks.ts';
import { LONG_RUN } from './config/fitting.ts';
import { splitConfigs } from './config/sweep.ts';
import type { TrainConfig } from './config/train-config.ts';
import type { TextModelOfRows } from './evaluation/texts.ts';
import type { TrainedRun } from './group/finish.ts';
import { finishedGroup } from './group/finished.ts';
import { trainTogether } from './group/group.ts';
import { openRows } from './group/open-rows.ts';
import { nameShards } from './runs/name-shards.ts';
import { rowsOfRun } from './runs/rows-of-run.ts';

const log = logger('train');

/** What may end training early: a signal, after which `resume` goes on. */
export interface TrainOptions {
  readonly signal?: AbortSignal;
}

/**
 * Train the runs of a sweep (or a single one) and return them in the order of their configurations. Each gets a
 * directory of its own in its `runRoot`; runs that can share a stream of data do (`splitConfigs`).
 * @throws {UserError} for data that is missing or does not fit, before the runs on it are begun.
 */
export async function train(
  configs: readonly TrainConfig[],
  options: TrainOptions = {},
): Promise<TrainedRun[]> {
  for (const config of configs) checkConfig(config);
  const whole = await nameShards(configs.map(withContexts));
  const groups = splitConfigs(whole);
  const coders = counted(configs.length, 'coder');
  log.info(
    groups.length === 1
      ? `training ${coders}`
      : `training ${coders} in ${counted(groups.length, 'group')}`,
  );
  if (requeuedJob() !== undefined) {
    log.info('Slurm has begun this job anew: its runs go on where they stood');
  }
  const trained = new Map<TrainConfig, TrainedRun>();
  for (const group of groups) {
    options.signal?.throwIfAborted();
    const rows = await rowsOfRun(group[0]!.data);
    const finished = await finishedGroup(group, rows);
    for (const [i, run] of (finished ?? []).entries()) trained.set(group[i]!, run);
    if (finished !== undefined) continue;
    const kernels = await openKernels({ device: group[0]!.device, threads: group[0]!.threads });
    let opened: Awaited<ReturnType<typeof openRows>> | undefined;
    try {
      opened = await openRows(group, options);
      const { text } = opened.rows[0]!;
      if (text === undefined) refuseWithoutModel(group);
      tellWhereEvaluated(group[0]!, text);
      const asked = group.map((config, i) => ({ config, rows: opened!.rows[i]! }));
      const runs = await trainTogether(asked, { kernels, rows, ...options });
      for (const [i, config] of group.entries()) trained.set(config, runs[i]!);
    } finally {
      await opened?.close();
      await kernels.close();
    }
  }
  return whole.map((config) => trained.get(config)!);
}

/**
 * Refuse runs that need the loss of a language model that is not there.
 * @throws {UserError} when one does.
 */
function refuseWithoutModel(configs: readonly TrainConfig[]): void {
  if (configs.every(({ resampling }) => resampling !== 'anthropic')) return;
  throw new UserError('unsupported resampling: anthropic measures the loss of a language model', {
    hint: 'use l2, or read activations of texts whose model can be opened',
  });
}

/** Say where coders are evaluated in their model on texts that they are trained on. */
function tellWhereEvaluated(
  { nEvalContexts }: TrainConfig,
  text: TextModelOfRows | undefined,
): void {
  if (text === undefined || nEvalContexts === 0 || text.evaluated.nHeldOut > 0) return;
  const n = text.evaluated.nContexts;
  log.warn(
    `the loss of the model is measured on contexts that are trained on: of ${counted(n, 'context')} none is held out for ${nEvalContexts} (20 times as many would be needed); keep some apart with --val-share`,
  );
}

/**
 * Say how many contexts of remote texts make a pass where the configuration does not: as many as training reads, so
 * that none is read twice.
 */
function withContexts(config: TrainConfig): TrainConfig {
  const { data, nEvalContexts } = config;
  const { nPatches = LONG_RUN.nPatches, saeBatchSize = LONG_RUN.saeBatchSize } = config;
  const { language } = data;
  if (language === undefined || language.nContexts !== undefined) return config;
  if (!textKindOf(language.texts).isRemote) return config;
  const rows = Math.ceil(nPatches / saeBatchSize) * saeBatchSize;
  const trained = Math.ceil(rows / language.contextSize);
  const { valShare } = config;
  if (valShare !== undefined) {
    const all = Math.ceil(trained / (1 - valShare)) + 1;
    return { ...config, data: { ...data, language: { ...language, nContexts: all } } };
  }
  // Those to evaluate on are held out where there are enough.
  const whole = trained + nEvalContexts;
  const nContexts = nEvalContexts * HOLD_OUT_FROM <= whole ? whole : trained;
  return { ...config, data: { ...data, language: { ...language, nContexts } } };
}
