// A text dataset on the hub, read by range from its parquet files: its own, or those that the hub made of it.
import { z } from 'zod';
import { UserError, unknownName } from '../../../base/errors.ts';
import { logger } from '../../../base/log.ts';
import { compareCodePoints } from '../../../formats/python/python-json.ts';
import type { HubRepo } from '../../../hub/cache/cache-paths.ts';
import { type HubOptions, listHubFiles, openHubFile } from '../../../hub/client.ts';
import { HubError } from '../../../hub/failures.ts';
import { hubRepoNamed } from '../../../hub/names.ts';
import { isSplitName, shardsOfSplit } from '../../datasets/parquet-splits.ts';
import { isWhole, parseSlices } from '../../datasets/slices.ts';
import { columnField } from './content.ts';
import { parquetTexts } from './parquet-texts.ts';
import type { TextFile } from './text-file.ts';
import { textKind } from './text-kind.ts';
import { type CountedTextFile, partOfTexts } from './text-parts.ts';

const log = logger('texts');

const schema = z
  .strictObject({
    type: z.literal('text-hub'),
    name: z
      .string()
      .min(1)
      .default('Skylion007/openwebtext')
      .describe('Dataset on the HuggingFace hub, read by range from its parquet files.')
      .meta({ alias: 'datasetPath' }),
    subset: z
      .string()
      .min(1)
      .optional()
      .describe('Subset (the hub calls it a config), where a dataset has several.'),
    split: z
      .string()
      .min(1)
      .default('train')
      .describe(
        'Split: train, validation or test; or parts, as datasets names them: train[:10%], train[100:200]+validation.',
      ),
    revision: z.string().min(1).optional().describe('Branch, tag or commit; main when not given.'),
    column: columnField,
  })
  .describe('A text dataset of the HuggingFace hub.');

type HubConfig = z.output<typeof schema>;

/** Texts of a dataset on the hub. */
export const hubTexts = textKind({
  schema,
  name: ({ name }) => name,
  isRemote: true,
  files: filesOfSplits,
});

/** Where the hub keeps its own parquet copy of a dataset: `<subset>/<split>/0000.parquet`. */
const CONVERTED = 'refs/convert/parquet';

/** Find the files of a split, or of parts of splits. @throws {UserError} when there are none. */
async function filesOfSplits(config: HubConfig, options: HubOptions): Promise<TextFile[]> {
  const slices = parseSlices(config.split);
  const found = new Map<string, CountedTextFile[]>();
  for (const { split } of slices)
    if (!found.has(split)) found.set(split, await filesOfSplit({ ...config, split }, options));
  return slices.flatMap((slice): TextFile[] => {
    const files = found.get(slice.split)!;
    return isWhole(slice) ? files : [partOfTexts(files, slice)];
  });
}

async function filesOfSplit(config: HubConfig, options: HubOptions): Promise<CountedTextFile[]> {
  const { subset, split, revision, column } = config;
  const named = hubRepoNamed(config.name, 'dataset');
  const { name } = named;
  const own: HubRepo = { ...named, revision: revision ?? named.revision };
  const ownPaths = await parquetFiles(own, options);
  const repo = ownPaths.length > 0 ? own : { ...own, revision: CONVERTED };
  const paths =
    repo === own
      ? shardsOfSplit(ofSubset(ownPaths, ownSubset, subset, name), split, name)
      : ofSplit(ofSubset(await copies(own, options), firstFolder, subset, name), split, name);
  if (paths.some((path) => path.includes('/partial-')))
    log.warn("the hub's parquet copy of {name} holds only the first part of it", { name });
  return paths.map((path) =>
    parquetTexts(`${name}/${path}`, () => openHubFile(repo, path, options), column),
  );
}

async function parquetFiles(repo: HubRepo, options: HubOptions): Promise<string[]> {
  const files = await listHubFiles(repo, options);
  return files.map(({ path }) => path).filter((path) => path.endsWith('.parquet'));
}

/** The files of the hub's copy of a dataset that has no parquet files of its own. */
async function copies(repo: HubRepo, options: HubOptions): Promise<string[]> {
  let paths: string[] = [];
  let cause: unknown;
  if (repo.revision === undefined) {
    // Only main is copied.
    try {
      paths = await parquetFiles({ ...repo, revision: CONVERTED }, options);
    } catch (error) {
      if (!(error instanceof HubError && error.kind === 'revision')) throw error;
      cause = error;
    }
  }
  if (paths.length > 0) return paths;
  throw new UserError(`unsupported hub dataset: '${repo.name}' has no parquet files`, {
    hint: 'download its files and read them as text-files',
    cause,
  });
}

/** Keep the files of one subset. Without a name, that is the only one, or `default`. */
function ofSubset(
  paths: readonly string[],
  subsetOf: (path: string) => string,
  subset: string | undefined,
  name: string,
): string[] {
  const subsets = [...new Set(paths.map(subsetOf))];
  const wanted = subset ?? (subsets.length === 1 ? subsets[0]! : 'default');
  if (subsets.includes(wanted)) return paths.filter((path) => subsetOf(path) === wanted);
  if (subset !== undefined) throw unknownName(`subset of '${name}'`, subset, subsets);
  throw new UserError(`missing subset: hub dataset '${name}' has ${subsets.length}`, {
    hint: `name one of ${subsets.slice(0, 12).join(', ')}${subsets.length > 12 ? ', …' : ''}`,
  });
}

/** In a dataset's own files: the folders, less `data` and those named after splits, joined; none is `default`. */
function ownSubset(path: string): string {
  const folders = path.split('/').slice(0, -1);
  if (folders[0] === 'data') folders.shift();
  return folders.filter((folder) => !isSplitName(folder)).join('-') || 'default';
}

function firstFolder(path: string): string {
  return path.split('/')[0]!;
}

/** In the hub's copy the second folder is the split. */
function ofSplit(paths: readonly string[], split: string, name: string): string[] {
  const splitOf = (path: string): string => (path.split('/')[1] ?? '').replace(/^partial-/, '');
  const chosen = paths.filter((path) => splitOf(path) === split).sort(compareCodePoints);
  if (chosen.length > 0) return chosen;
  throw unknownName(`split of '${name}'`, split, [...new Set(paths.map(splitOf))]);
}
