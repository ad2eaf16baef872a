// Coders that can be asked, each with the model that it belongs to.
import { basename, resolve } from 'node:path';
import { type DataLoad, visionModelOf } from '../../activations/config.ts';
import { kindOfPath } from '../../base/files.ts';
import type { FeaturesEntry, ModelEntry } from '../../pages/catalogue.ts';
import { coderPath } from '../../sae/checkpoints/read-coder.ts';
import { describeCheckpoint } from '../../sae/checkpoints/registry.ts';
import { dataOfRun } from '../../visuals/data-of-run.ts';
import { entryOf, faultOf } from './entry.ts';
import type { Found } from './find.ts';
import type { Memory } from './memory.ts';
import { type ShardsFacts, shardsFacts } from './shards.ts';

/** Files of a run whose change is a change of its coder; weights are never read for the catalogue. */
const FILES = [
  { name: 'config.json' },
  { name: 'checkpoint/cfg.json' },
  { name: 'checkpoint/sae_weights.safetensors', maxBytes: Number.MAX_SAFE_INTEGER },
];

/** What stands around a coder: pages that show it, shards that its run may have read. */
export interface Around {
  readonly features: readonly FeaturesEntry[];
  readonly shards: readonly Found[];
}

/** Describe the coder of a run; undefined while there is no checkpoint. */
export async function describeModel(
  found: Found,
  { features, shards }: Around,
  memory: Memory,
): Promise<ModelEntry | undefined> {
  const page = features.find(({ run, fault }) => run === found.id && fault === undefined);
  const entry = { ...entryOf(found), run: found.id, ...(page && { features: page.id }) };
  try {
    const facts = await memory.recall('model', found.folder, FILES, () => readFacts(found.folder));
    if (facts === undefined) return undefined;
    const { dSae, place, data } = facts;
    const of = await backboneOf(data, shards, memory);
    const model = place.model ?? of?.model ?? '';
    return {
      ...entry,
      dSae,
      modality: of?.modality ?? 'image',
      model,
      place: placeText(place, data),
    };
  } catch (error) {
    const nothing = { modality: 'image', dSae: 0, model: '', place: '' } as const;
    return { ...entry, ...nothing, ...faultOf(error, found) };
  }
}

async function readFacts(folder: string) {
  const path = await coderPath(folder);
  if (path === folder) return undefined;
  const { config } = await describeCheckpoint(path);
  return { dSae: config.dSae, place: config.place ?? {}, data: await dataOfRun(folder) };
}

/** The model of the activations, and what goes into it. Shards that were moved are known by the name of their folder. */
async function backboneOf(
  data: DataLoad | undefined,
  shards: readonly Found[],
  memory: Memory,
): Promise<ShardsFacts | undefined> {
  if (data === undefined) return undefined;
  const { live, language, shardRoot } = data;
  if (language !== undefined) return { modality: 'text', model: language.model };
  if (live !== undefined) return { modality: 'image', model: visionModelOf(live).name };
  const isThere = (await kindOfPath(resolve(shardRoot))) === 'folder';
  const near = shards.find(({ folder }) => basename(folder) === basename(shardRoot));
  const folder = near?.folder ?? (isThere ? resolve(shardRoot) : undefined);
  if (folder === undefined) return undefined;
  return shardsFacts(folder, memory).catch(() => undefined);
}

/** Where in the model the coder reads, for people. */
function placeText(place: { readonly input?: string }, data: DataLoad | undefined): string {
  if (place.input !== undefined) return place.input;
  return data === undefined ? '' : `layer ${data.layer}`;
}
