// The end of a group: checkpoints, one evaluation pass for all, and what stays in the run directory.
import { rm } from 'node:fs/promises';
import type { ActivationSource } from '../activations/types.ts';
import { writeJsonAtomic } from '../base/files.ts';
import { packageVersion } from '../base/version.ts';
import { writeSafetensors } from '../formats/safetensors.ts';
import { writeCheckpoint } from '../sae/checkpoints/checkpoints.ts';
import type { Losses } from '../sae/learner.ts';
import type { TrainConfig } from './config.ts';
import { type Evaluation, evaluate } from './evaluate.ts';
import type { GroupOptions, Member } from './members.ts';
import type { Metrics } from './metrics.ts';
import type { RunDirectory } from './run-directory.ts';

/** A finished run. */
export interface TrainedRun {
  readonly id: string;
  readonly path: string;
  readonly config: TrainConfig;
  readonly evaluation: Evaluation;
  /** Losses of the last step. */
  readonly losses: Losses | undefined;
}

/** Write checkpoints, evaluate all members in one pass, and close their runs. */
export async function finishMembers(
  members: readonly Member[],
  source: ActivationSource,
  losses: readonly Losses[],
  step: number,
  options: GroupOptions,
): Promise<TrainedRun[]> {
  const { scaling, version = packageVersion() } = options;
  for (const { config, run, learner } of members) {
    const coder = learner.coder(
      { trainer: 'saev', version, runId: run.id, trainConfig: config },
      scaling === undefined ? undefined : { mean: scaling.mean, scale: scaling.scalar },
    );
    await writeCheckpoint(coder, run.file('checkpoint'), 'saelens');
  }
  const evaluations = await evaluate(
    members.map(({ learner }) => ({
      dSae: learner.device.shape.dSae,
      evaluate: (acts, targets) => learner.evaluate(acts, targets),
    })),
    source,
    { batchSize: members[0]!.config.saeBatchSize, signal: options.signal },
  );
  const trained: TrainedRun[] = [];
  for (const [i, { config, run, metrics }] of members.entries()) {
    const evaluation = evaluations[i]!;
    await writeEvaluation(run, evaluation);
    await metrics.write(step, evaluationMetrics(evaluation));
    await run.update({ status: 'finished', finished: new Date().toISOString() });
    await rm(run.file('state'), { recursive: true, force: true });
    trained.push({ id: run.id, path: run.path, config, evaluation, losses: losses[i] });
  }
  return trained;
}

async function writeEvaluation(run: RunDirectory, evaluation: Evaluation): Promise<void> {
  const { freqs, meanValues, ...numbers } = evaluation;
  await writeSafetensors(
    run.file('eval.safetensors'),
    [
      ['freqs', { dtype: 'F32', shape: [freqs.length], data: freqs }],
      ['mean_values', { dtype: 'F32', shape: [meanValues.length], data: meanValues }],
    ],
    { metadata: {} },
  );
  await writeJsonAtomic(run.file('eval.json'), numbers);
}

function evaluationMetrics({ freqs: _, meanValues: __, ...numbers }: Evaluation): Metrics {
  return Object.fromEntries(Object.entries(numbers).map(([key, value]) => [`eval/${key}`, value]));
}
