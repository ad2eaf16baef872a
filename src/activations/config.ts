// What recording and reading activations can be told.
import { z } from 'zod';
import { VISION_FAMILIES, type VisionFamilyName } from '../backbones/vision/families/registry.ts';
import { machineFields, seedField, slurmFields } from '../base/config/common.ts';
import { UserError } from '../base/errors.ts';
import { deviceField } from '../compute/kernels/device-field.ts';
import { DATASET_KINDS, DatasetConfig } from '../data/datasets/config.ts';
import { schemaOf } from '../data/kinds.ts';
import { TEXT_KINDS } from '../data/texts/config.ts';
import { WorldConfig } from '../data/worlds/synthetic/config.ts';
import { headField, LanguageLoad, LanguageRecording } from './language-config.ts';
import { SHARD_DTYPES } from './shards/dtypes.ts';

const modelFields = {
  vitFamily: z
    .enum(VISION_FAMILIES.map(({ name }) => name))
    .default('clip')
    .describe('Model family; world is the small transformer that comes with saev.')
    .meta({ group: 'Model' }),
  vitCkpt: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Checkpoint: a name such as ViT-B-16/openai or dinov2_vitb14_reg, hf-hub:owner/name, or a local file or folder; unset: the family's own, ViT-L-14/openai for clip.",
    )
    .meta({ group: 'Model' }),
  vitBatchSize: z
    .int()
    .min(1)
    .default(1024)
    .describe('Most images in one pass of the model.')
    .meta({ group: 'Model' }),
};

/** Name the vision model that settings mean: the checkpoint they give, or their family's own. */
export function visionModelOf(model: Pick<ActivationsConfig, 'vitFamily' | 'vitCkpt'>): {
  family: VisionFamilyName;
  name: string;
} {
  const family = VISION_FAMILIES.find(({ name }) => name === model.vitFamily)!;
  return { family: family.name, name: model.vitCkpt ?? family.defaultCheckpoint };
}

/** Images or texts; `type` tells which kind and may be left out for ImageNet. */
const RecordedData = schemaOf([...DATASET_KINDS, ...TEXT_KINDS]);

/** Recording a transformer's activations into shards. */
export const ActivationsConfig = z
  .strictObject({
    data: RecordedData.prefault({}).describe('Which images or texts to record.'),
    dumpTo: z
      .string()
      .min(1)
      .default('./shards')
      .describe('Folder under which the folder of shards is made.')
      .meta({ env: 'SAEV_DUMP_TO' }),
    ...modelFields,
    vitLayers: z
      .array(z.union([z.int(), z.string().min(1)]))
      .min(1)
      .default([-2])
      .describe(
        'Blocks whose residual stream is recorded, -2 being the second-to-last, or names of hook points such as blocks.3.hook_mlp_out; for texts, too.',
      )
      .meta({ group: 'Model' }),
    dVit: z
      .int()
      .min(1)
      .optional()
      .describe('Width of the model; read from the checkpoint, and checked when it is given.')
      .meta({ group: 'Model' }),
    nPatchesPerImg: z
      .int()
      .min(1)
      .optional()
      .describe('Patches of one image; read from the checkpoint, and checked when it is given.')
      .meta({ group: 'Model' }),
    clsToken: z
      .boolean()
      .optional()
      .describe('Whether the model has a CLS token; read from it, and checked when it is given.')
      .meta({ group: 'Model' }),
    language: LanguageRecording.prefault({}),
    nPatchesPerShard: z
      .int()
      .min(1)
      .default(2_400_000)
      .describe('Activations in one shard file; 2.4 million of width 1024 take about 10 GB.'),
    protocol: z
      .enum(['saev', '2.1'])
      .default('saev')
      .describe("Shard format: saev's original, or the newer 2.1."),
    dtype: z
      .enum(SHARD_DTYPES)
      .default('float32')
      .describe(
        'How numbers are kept: 16-bit floats take half the room, round in the fourth (float16) or third (bfloat16) digit, and are read by saev alone.',
      ),
    onBadImage: z
      .enum(['stop', 'skip'])
      .default('stop')
      .describe('What a broken image does: stop the job, or be skipped, counted and listed.'),
    overwrite: z
      .boolean()
      .default(false)
      .describe('Record anew where the same recording stands, whole or begun.'),
    nWorkers: z.int().min(0).default(8).describe('Images that are decoded at the same time.'),
    seed: seedField,
    ssl: z
      .boolean()
      .default(true)
      .describe('Check the certificates of servers that weights and images come from.'),
    ...machineFields,
    device: deviceField.describe(
      "Accepted so that saev's files and commands work; models run on the CPU.",
    ),
    ...slurmFields,
  })
  .describe('Record the activations of a vision transformer or a language model into shards.');
/** A resolved recording job. */
export type ActivationsConfig = z.output<typeof ActivationsConfig>;
/** A recording job as a person writes it, defaults left out. */
export type ActivationsConfigInput = z.input<typeof ActivationsConfig>;

const switchOrFile = z.union([z.boolean(), z.string().min(1)]);

const LiveConfig = z
  .strictObject({
    images: DatasetConfig.prefault({}).describe('Images to run the model on.'),
    ...modelFields,
    onBadImage: z
      .enum(['stop', 'skip'])
      .default('stop')
      .describe('What a broken image does: stop the job, or be skipped and counted.'),
    nWorkers: z.int().min(0).default(8).describe('Images that are decoded at the same time.'),
    bufferImages: z
      .int()
      .min(1)
      .default(4096)
      .describe('Images whose activations are held in memory and mixed.'),
  })
  .describe('Activations straight from a model, without shards on disk.');

const SyntheticLoad = WorldConfig.extend({
  nRows: z
    .int()
    .min(1)
    .max(2 ** 31 - 1)
    .default(200_000_000)
    .describe('Rows of one pass; another pass draws others.'),
}).describe(WorldConfig.description!);
/** Resolved choice of a synthetic world whose rows are drawn along. */
export type SyntheticLoad = z.output<typeof SyntheticLoad>;

/** Reading activations: which rows, and how they are clamped and normalised. */
export const DataLoad = z
  .strictObject({
    shardRoot: z
      .string()
      .min(1)
      .default('./shards')
      .describe('Folder with metadata.json and the shard files.'),
    patches: z
      .enum(['cls', 'patches', 'meanpool', 'all'])
      .default('patches')
      .describe(
        'Rows of an image: its CLS token, each patch, the mean over its patches, or CLS and each patch.',
      ),
    layer: z
      .union([z.int(), z.enum(['all', 'meanpool']), z.string().min(1)])
      .default(-2)
      .describe(
        'Layer or hook point to read, as it was recorded, each of them in turn, or their mean.',
      )
      .meta({ alias: 'hookPoint' }),
    target: z
      .union([z.int(), z.string().min(1)])
      .optional()
      .describe('Layer or hook point to reconstruct from that one: makes a transcoder.')
      .meta({ alias: 'outHookPoint' }),
    head: headField,
    clamp: z
      .number()
      .positive()
      .default(1e5)
      .describe('Activations are clamped to [-clamp, clamp].'),
    nRandomSamples: z
      .int()
      .min(1)
      .default(2 ** 19)
      .describe('Rows that the mean and the norm of the data are estimated from.'),
    scaleMean: switchOrFile
      .optional()
      .describe(
        'Subtract the mean of the data: yes, no, or a file that holds it; unset: yes for images, no for texts and with a target.',
      ),
    scaleNorm: switchOrFile
      .optional()
      .describe(
        'Scale rows to an average norm of sqrt(dVit): yes, no, or a file with the scale; unset: as for scaleMean.',
      ),
    live: LiveConfig.optional().describe(
      'Read from a model that runs along in place of shards; any field of it switches this on.',
    ),
    language: LanguageLoad.optional().describe(
      'Read from a language model that runs along in place of shards; any field of it switches this on.',
    ),
    synthetic: SyntheticLoad.optional().describe(
      'Draw rows of a synthetic world in place of shards; any field of it switches this on.',
    ),
  })
  .describe('Which activations to read, and how they are normalised.');
/** Resolved choice of activations. */
export type DataLoad = z.output<typeof DataLoad>;

/** Tell whether settings mean shards on disk: no model runs along, and nothing is drawn. */
export function isRecorded(
  data: Readonly<Partial<Record<'live' | 'language' | 'synthetic', unknown>>>,
): boolean {
  return [data.live, data.language, data.synthetic].every((other) => other === undefined);
}

/**
 * Refuse settings that mean more than one source of activations.
 * @throws {UserError} when they do.
 */
export function checkOneSource(
  data: Readonly<Partial<Record<'live' | 'language' | 'synthetic', unknown>>>,
): void {
  const named = (['live', 'language', 'synthetic'] as const).filter(
    (name) => data[name] !== undefined,
  );
  if (named.length < 2) return;
  const [first, second] = named;
  throw new UserError(`invalid choice of activations: both data.${first} and data.${second}`, {
    hint: 'images run through live, texts through language, synthetic draws rows: leave all but one out',
  });
}
/** Choice of activations as a person writes it, defaults left out. */
export type DataLoadInput = z.input<typeof DataLoad>;
/** Resolved choice of a live source. */
export type LiveConfig = z.output<typeof LiveConfig>;
