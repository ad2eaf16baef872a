// What training can be told of data that it does not train on, to validate on.
import { z } from 'zod';
import type { ValidationChoice } from '../../activations/validation/rows.ts';
import { UserError } from '../../base/errors.ts';
import { DatasetConfig } from '../../data/datasets/config.ts';
import { TextConfig } from '../../data/texts/config.ts';

const group = { group: 'Validation' };

/** Rows that are validated on where nobody says how many. */
const USUAL_ROWS = 2 ** 17;

const ValidationData = z
  .strictObject({
    shardRoot: z
      .string()
      .min(1)
      .optional()
      .describe('Folder of other shards of the same model, read as those of training.')
      .meta({ alias: 'valData.shards' }),
    images: DatasetConfig.optional().describe('Other images for the model that runs along.'),
    texts: TextConfig.optional().describe('Other texts for the language model that runs along.'),
    nContexts: z
      .int()
      .min(1)
      .optional()
      .describe('Contexts of these texts; unset: all that they hold. Texts of the hub need it.'),
  })
  .describe('Other data to validate on; any field of it switches this on.');

/** Settings of validation, all of them unset where there is none. */
export const validationFields = {
  valData: ValidationData.optional(),
  valShare: z
    .number()
    .positive()
    .lt(1)
    .optional()
    .describe(
      'Share of the images or contexts that are never trained on, but validated on; whole ones, drawn by valSeed.',
    )
    .meta(group),
  valSeed: z
    .int()
    .min(0)
    .optional()
    .describe('Seed of what is drawn for validation; unset: 0.')
    .meta(group),
  valEvery: z
    .int()
    .min(0)
    .optional()
    .describe('Steps from one validation to the next; unset: ten in the run; 0: only at the end.')
    .meta(group),
  nValRows: z
    .int()
    .min(1)
    .optional()
    .describe('Rows of whole images or contexts that a validation reads; unset: 131,072.')
    .meta({ ...group, alias: 'nVal' }),
};

/** What of a configuration is about validation. */
type Asked = {
  readonly [Name in keyof typeof validationFields]?: z.output<(typeof validationFields)[Name]>;
};

/**
 * Take the choice of rows to validate on out of a configuration; undefined where there is none.
 * @throws {UserError} for more than one choice, and for settings of a validation that nobody asked for.
 */
export function validationOf(config: Asked): ValidationChoice | undefined {
  const { valData, valShare: share, valSeed: seed = 0, nValRows: nRows = USUAL_ROWS } = config;
  const { shardRoot, images, texts, nContexts } = valData ?? {};
  const given = Object.entries({ shardRoot, images, texts }).filter(
    ([, value]) => value !== undefined,
  );
  const names = [
    ...given.map(([name]) => `valData.${name}`),
    ...(share === undefined ? [] : ['valShare']),
  ];
  if (names.length > 1) {
    throw new UserError(`invalid choice of validation data: both ${names.join(' and ')}`, {
      hint: 'leave one of them out',
    });
  }
  if (names.length === 0) {
    const idle = ['valSeed', 'valEvery', 'nValRows'] as const;
    const name = idle.find((each) => config[each] !== undefined);
    if (name === undefined && valData === undefined) return undefined;
    throw new UserError(
      `missing validation data: ${name === undefined ? 'valData names none' : `${name} is set`}`,
      { hint: 'name some with --val-data.shard-root, or keep a share apart with --val-share' },
    );
  }
  return { share, shardRoot, images, texts, nContexts, seed, nRows };
}

/** Validations in a run where nobody says how often. */
const USUAL_TIMES = 10;

/** Steps from one validation to the next in a run of `nSteps`; 0: none before the end. */
export function validationPeriod(
  { track, valEvery }: Asked & { readonly track: boolean },
  nSteps: number,
): number {
  return track ? (valEvery ?? Math.ceil(nSteps / USUAL_TIMES)) : 0;
}
