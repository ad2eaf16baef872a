// The catalogue: what was found, told in the words of the page. Each kind has a file of its own.
import type { Catalogue } from '../../pages/catalogue.ts';
import { WORKBENCH_VERSION } from '../../pages/catalogue.ts';
import { describeCheckpointAlone } from './checkpoints.ts';
import { describeCircuit } from './circuits.ts';
import { describeFeatures } from './features.ts';
import type { Found } from './find.ts';
import type { Memory } from './memory.ts';
import { describeModel } from './models.ts';
import { describeRun } from './runs.ts';
import { describeShards } from './shards.ts';
import { describeStudy } from './studies.ts';

/** Tell what was found; a thing that cannot be read is listed with the reason. */
export async function describeFound(
  found: readonly Found[],
  { title, folders, abilities }: Pick<Catalogue, 'title' | 'folders' | 'abilities'>,
  memory: Memory,
): Promise<Catalogue> {
  const of = (kind: string): Found[] => found.filter((each) => each.kind === kind);
  const [runs, circuits, shards, studies] = await Promise.all([
    eachOf(of('run'), (each) => describeRun(each, memory)),
    eachOf(of('circuit'), (each) => describeCircuit(each, memory)),
    eachOf(of('shards'), (each) => describeShards(each, memory)),
    eachOf(of('study'), describeStudy),
  ]);
  const features = await eachOf(of('features'), (each) => describeFeatures(each, runs, memory));
  const around = { features, shards: of('shards') };
  const models = [
    ...(await eachOf(of('run'), (each) => describeModel(each, around, memory))),
    ...(await eachOf(of('coder'), (each) => describeCheckpointAlone(each, memory))),
  ];
  return {
    version: WORKBENCH_VERSION,
    title,
    folders,
    runs,
    features,
    circuits,
    studies,
    shards,
    models: models.filter((model) => model !== undefined),
    abilities,
  };
}

/** Things that are described at a time: each has some files open meanwhile. */
const AT_ONCE = 16;

async function eachOf<T>(found: readonly Found[], describe: (each: Found) => Promise<T>) {
  const described: T[] = [];
  for (let start = 0; start < found.length; start += AT_ONCE)
    described.push(...(await Promise.all(found.slice(start, start + AT_ONCE).map(describe))));
  return described;
}
