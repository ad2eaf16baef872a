// The catalogue: what was found, told in the words of the page.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../base/errors.ts';
import type {
  Catalogue,
  CircuitEntry,
  Entry,
  FeaturesEntry,
  ModelEntry,
  RunSummary,
} from '../../pages/catalogue.ts';
import { WORKBENCH_VERSION } from '../../pages/catalogue.ts';
import { checkPageGraph } from '../../pages/circuit-page-check.ts';
import { coderPath } from '../../sae/checkpoints/read-coder.ts';
import { describeCheckpoint } from '../../sae/checkpoints/registry.ts';
import { readRunRecord } from '../../training/runs/run-directory.ts';
import type { Found } from './find.ts';

/** Tell what was found; a thing that cannot be read is listed with the reason. */
export async function describeFound(
  found: readonly Found[],
  { title, folders, abilities }: Pick<Catalogue, 'title' | 'folders' | 'abilities'>,
): Promise<Catalogue> {
  const of = (kind: string): Found[] => found.filter((each) => each.kind === kind);
  const runs = await Promise.all(of('run').map(describeRun));
  const features = await Promise.all(of('features').map((each) => describeFeatures(each, runs)));
  const circuits = await Promise.all(of('circuit').map(describeCircuit));
  const models = await Promise.all(of('run').map((each) => describeModel(each, features)));
  return {
    version: WORKBENCH_VERSION,
    title,
    folders,
    runs,
    features,
    circuits,
    studies: [],
    shards: of('shards').map(entryOf),
    models: models.filter((model) => model !== undefined),
    abilities,
  };
}

function entryOf({ id, shown }: Found): Entry {
  return { id, title: shown.split('/').at(-1)!, folder: shown };
}

async function describeRun(found: Found): Promise<RunSummary> {
  try {
    const { status, tag } = await readRunRecord(found.folder);
    return { ...entryOf(found), state: status, ...(tag && { tag }) };
  } catch (error) {
    return { ...entryOf(found), state: 'stopped', ...faultOf(error) };
  }
}

async function describeFeatures(found: Found, runs: readonly RunSummary[]): Promise<FeaturesEntry> {
  const run = runs.find(({ folder }) => found.shown.startsWith(`${folder}/`));
  return {
    ...entryOf(found),
    modality: 'image',
    features: 0,
    dSae: 0,
    ...(run && { run: run.id }),
  };
}

async function describeCircuit(found: Found): Promise<CircuitEntry> {
  const nothing = { model: '', prompt: '', nodes: 0, links: 0 };
  try {
    const text = await readFile(join(found.folder, 'graph.json'), 'utf8');
    const { metadata, nodes, links } = checkPageGraph(JSON.parse(text));
    return {
      ...entryOf(found),
      title: metadata.slug,
      model: metadata.scan,
      prompt: metadata.prompt,
      nodes: nodes.length,
      links: links.length,
    };
  } catch (error) {
    return { ...entryOf(found), ...nothing, ...faultOf(error) };
  }
}

/** The coder of a run with its model; undefined while there is no checkpoint. */
async function describeModel(
  found: Found,
  features: readonly FeaturesEntry[],
): Promise<ModelEntry | undefined> {
  try {
    const { config } = await describeCheckpoint(await coderPath(found.folder));
    const page = features.find(({ folder }) => folder.startsWith(`${found.shown}/`));
    return {
      ...entryOf(found),
      modality: 'image',
      dSae: config.dSae,
      model: config.place?.model ?? '',
      place: config.place?.input ?? '',
      run: found.id,
      ...(page && { features: page.id }),
    };
  } catch {
    return undefined;
  }
}

function faultOf(error: unknown): { fault: string } {
  if (error instanceof UserError) return { fault: error.message };
  if (error instanceof SyntaxError) return { fault: 'its file is damaged' };
  throw error;
}
