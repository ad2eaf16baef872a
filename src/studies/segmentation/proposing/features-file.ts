// features.csv: the latents proposed for each class, one a line, best first.

import { UserError } from '../../../base/errors.ts';
import { readText } from '../../../base/files.ts';
import { csvText } from '../../../formats/csv.ts';
import type { FeatureScore } from './label-counts.ts';

/** Name of the file in the folder of a proposal. */
export const FEATURES_FILE = 'features.csv';

const COLUMNS = [
  'class',
  'latent',
  'tp',
  'fp',
  'fn',
  'precision',
  'recall',
  'f1',
  'threshold',
  'name',
] as const;

/** The latents proposed for one class. */
export interface ClassFeatures {
  readonly class: number;
  readonly name: string;
  /** Patches of it that were counted. */
  readonly patches: number;
  /** Best first. */
  readonly features: readonly FeatureScore[];
}

/** Write the table. */
export function featuresText(classes: readonly ClassFeatures[]): string {
  return csvText(
    COLUMNS,
    classes.flatMap((each) =>
      each.features.map(({ latent, tp, fp, fn, precision, recall, f1, threshold }) => [
        each.class,
        latent,
        tp,
        fp,
        fn,
        precision,
        recall,
        f1,
        threshold,
        each.name,
      ]),
    ),
  );
}

/**
 * Read which latents a table names for each class, in the order of its lines. Only the columns `class` and `latent` are
 * needed.
 * @throws {UserError} when the table is missing or damaged, or names a latent that the autoencoder does not have
 */
export async function readFeatures(path: string, dSae: number): Promise<Map<number, number[]>> {
  const { parse } = await import('csv-parse/sync');
  let rows: Record<string, string>[];
  try {
    rows = parse(await readText(path, 'table of features'), { columns: true, bom: true });
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError(`invalid table of features: '${path}'`, { cause });
  }
  const latents = new Map<number, number[]>();
  for (const [i, row] of rows.entries()) {
    const [number, latent] = [whole(row.class), whole(row.latent)];
    if (number === undefined || latent === undefined) {
      throw new UserError(
        `invalid table of features: line ${i + 2} of '${path}' names no class and latent`,
        { hint: 'its columns are class and latent, as saev semseg propose writes them' },
      );
    }
    if (latent >= dSae) {
      throw new UserError(
        `unknown latent ${latent} in '${path}': the autoencoder has 0 to ${dSae - 1}`,
      );
    }
    latents.set(number, [...(latents.get(number) ?? []), latent]);
  }
  return latents;
}

function whole(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text.trim()) ? Number(text) : undefined;
}
