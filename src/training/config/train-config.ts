// What training can be told: the coder, its objective, the schedule and the run.
import { z } from 'zod';
import { DataLoad } from '../../activations/config.ts';
import { IgnoreConfig } from '../../activations/ignored/config.ts';
import { machineFields, seedField, slurmFields } from '../../base/config/common.ts';
import { deviceField } from '../../compute/kernels/device-field.ts';
import { METRIC_SCHEMES } from '../runs/metric-table.ts';
import { CIRCUITS_FIELDS } from './circuits-fields.ts';
import { ObjectiveConfig, SaeConfig } from './coder-config.ts';
import { deadLatentFields, SparseConnectionConfig } from './latent-config.ts';
import { LR_SCHEDULES } from './schedules.ts';
import { validationFields } from './validation-config.ts';
import { wandbFields } from './wandb-config.ts';

const schedule = { group: 'Schedule' };
const run = { group: 'Run' };
const evaluation = { group: 'Evaluation' };

/** Training one sparse autoencoder; a sweep makes many of these. */
export const TrainConfig = z
  .strictObject({
    data: DataLoad.prefault({}).describe('Activations to train on.'),
    ignore: IgnoreConfig.optional(),
    sae: SaeConfig.prefault({}).describe('The autoencoder.'),
    from: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Coder to go on from, in place of new weights: a run, a checkpoint of any format, or hf-hub:org/name. Its size, kind, input bias and scale of rows are taken over where nothing else is said.',
      )
      .meta({ alias: 'fromPretrainedPath' }),
    objective: ObjectiveConfig.prefault({}).describe('The loss.'),
    sparseConnection: SparseConnectionConfig.optional().describe(
      'A loss that keeps decoder rows from pointing along the directions of another coder; any field of it switches this on.',
    ),
    nPatches: z
      .int()
      .min(1)
      .optional()
      .describe(
        'Training rows (patches of images, tokens of texts), counted over all passes; unset: a hundred passes, but one to a hundred million rows.',
      )
      .meta({ ...schedule, alias: ['totalTrainingTokens', 'nTokens'] }),
    saeBatchSize: z
      .int()
      .min(1)
      .optional()
      .describe(
        'Rows in one step; unset: 16,384, less where that would make fewer than 2,000 steps, 256 at least.',
      )
      .meta({ ...schedule, alias: 'trainBatchSize' }),
    lr: z
      .number()
      .min(0)
      .optional()
      .describe(
        'Learning rate of Adam; unset: 4e-4, in runs of fewer than 6,000 steps more, up to 3.2e-3.',
      )
      .meta(schedule),
    lrSchedule: z
      .enum(LR_SCHEDULES)
      .default('warmup')
      .describe(
        "Learning rate over the run: saev's rise from 0 (warmup), or one of transcoder-circuits.",
      )
      .meta({ ...schedule, alias: 'lrSchedulerName', words: { None: 'constant' } }),
    nLrWarmup: z
      .int()
      .min(0)
      .optional()
      .describe(
        'Steps over which the learning rate rises, in schedules that have a warm-up; unset: a tenth of the run, 500 at most.',
      )
      .meta({ ...schedule, alias: 'lrWarmUpSteps' }),
    lrEnd: z
      .number()
      .min(0)
      .optional()
      .describe(
        'Learning rate at which a cosine ends, a tenth of lr when not given; cosineAnnealingWarmup multiplies it by lr, as transcoder-circuits does.',
      )
      .meta(schedule),
    nLrCycles: z
      .int()
      .min(1)
      .default(1)
      .describe('Times that cosineAnnealingWarmRestarts falls.')
      .meta(schedule),
    beta1: z
      .number()
      .min(0)
      .lt(1)
      .default(0.9)
      .describe(
        'What Adam keeps of its mean of gradients in a step; 0 in the paper on JumpReLU and in dictionary_learning.',
      )
      .meta({ ...schedule, alias: 'adamBeta1' }),
    beta2: z
      .number()
      .min(0)
      .lt(1)
      .default(0.999)
      .describe('What Adam keeps of its mean of squared gradients in a step.')
      .meta({ ...schedule, alias: 'adamBeta2' }),
    gradClip: z
      .union([z.number().positive(), z.enum(['auto'])])
      .optional()
      .describe(
        'Norm that all gradients of a step together may have; more is shrunk to it. auto: 1 / width, which is 1 where errors are sums over dimensions (newer saev, SAELens, dictionary_learning) and not means as here. Unset: any.',
      )
      .meta({ ...schedule, alias: ['gradClipNorm', 'maxGradNorm'] }),
    weightDecay: z
      .number()
      .min(0)
      .default(0)
      .describe(
        'Share of weights and biases that a step takes off, times the learning rate (AdamW).',
      )
      .meta(schedule),
    nSparsityWarmup: z
      .int()
      .min(0)
      .default(0)
      .describe('Steps over which the sparsity weight rises from 0.')
      .meta({ ...schedule, alias: ['l0WarmUpSteps', 'sparsityWarmupSteps'] }),
    holdL0: z
      .number()
      .positive()
      .optional()
      .describe(
        'Latents that shall fire on a row, on average: the sparsity weight is adjusted from step to step after its warm-up until they do, from 1/100 to 100 times what it began as. Unset: it stays.',
      )
      .meta({ ...schedule, alias: 'autotuneTargetL0' }),
    seed: seedField.meta(schedule),
    ...deadLatentFields,
    nEvalRows: z
      .int()
      .min(1)
      .optional()
      .describe(
        'Rows that the evaluation reads at the end; when not given, all rows of images, and 131,072 rows of texts or of a synthetic world.',
      )
      .meta(evaluation),
    nEvalContexts: z
      .int()
      .min(0)
      .default(32)
      .describe(
        'Contexts of texts on which the model is run with the coder in place, for its loss; 0: none. They are not trained on where there are 20 times as many.',
      )
      .meta(evaluation),
    evalEvery: z
      .int()
      .min(0)
      .optional()
      .describe(
        'Steps from one such evaluation to the next while training; unset: ten times logEvery, as in transcoder-circuits; 0: only at the end.',
      )
      .meta(evaluation),
    ...validationFields,
    runRoot: z
      .string()
      .min(1)
      .default('./runs')
      .describe('Folder in which each run gets its own folder.')
      .meta({ ...run, alias: ['ckptPath', 'checkpointPath'], env: 'SAEV_RUN_ROOT' }),
    tag: z.string().default('').describe('Word written to the run, to find it again.').meta(run),
    track: z
      .boolean()
      .default(true)
      .describe('Write metrics while training.')
      .meta({ ...run, alias: 'logToWandb' }),
    ...wandbFields,
    logEvery: z
      .int()
      .min(1)
      .default(25)
      .describe('Steps from one metric line to the next.')
      .meta({ ...run, alias: 'wandbLogFrequency' }),
    tensorboard: z
      .boolean()
      .default(false)
      .describe('Write TensorBoard event files too.')
      .meta(run),
    metricNames: z
      .enum(METRIC_SCHEMES)
      .optional()
      .describe(
        'Whose names metrics have in event files and Weights & Biases: those of metrics.jsonl (saev; unset), of eval.json (ours), of saev as it is today (upstream), or of transcoder-circuits (circuits).',
      )
      .meta(run),
    checkpointEvery: z
      .int()
      .min(0)
      .default(1000)
      .describe('Steps from one saved state, which --resume goes on from, to the next; 0: none.')
      .meta(run),
    nCheckpoints: z
      .int()
      .min(0)
      .default(0)
      .describe('Coders written during training, equally far apart, to checkpoints/<rows seen>.')
      .meta(run),
    resume: z
      .boolean()
      .default(false)
      .describe('Go on with the unfinished run of the same configuration, if there is one.')
      .meta(run),
    bufferMemory: z
      .number()
      .positive()
      .optional()
      .describe(
        'GiB of rows that are held in memory to be mixed, for all runs that train side by side; unset: 4, or what one of them holds by itself. Where all do not fit, fewer images or contexts are mixed at a time.',
      )
      .meta({ group: 'Machine' }),
    nWorkers: z
      .int()
      .min(0)
      .default(32)
      .describe(
        'Accepted for saev; here one thread reads ahead. A Slurm job asks for this many processors and four more, unless threads is given.',
      )
      .meta({ group: 'Machine' }),
    ...machineFields,
    device: deviceField,
    ...slurmFields,
  })
  .describe('Train sparse autoencoders on recorded or live activations.')
  .meta({ foreign: CIRCUITS_FIELDS });
/** A resolved training job. */
export type TrainConfig = z.output<typeof TrainConfig>;
/** A training job as a person writes it, defaults left out. */
export type TrainConfigInput = z.input<typeof TrainConfig>;
