// Concepts of the drawn world, whose scenes say what every patch shows.
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../../base/errors.ts';
import { kindOfPath, readText } from '../../../base/files.ts';
import type { ImageDataset } from '../../../data/images/images.ts';
import { CONCEPTS, patchConcepts } from '../../../data/worlds/images/concepts.ts';
import type { Scene } from '../../../data/worlds/images/scene.ts';
import { type ConceptTruth, kindsOf, type RowTruth } from './truth.ts';

const SCENES = 'scenes.jsonl';

const SceneRecord = z.looseObject({
  file: z.string(),
  background: z.string(),
  objects: z.array(z.looseObject({ shape: z.string() })),
});

/**
 * Read the scenes that images show, as `saev demo` wrote them above the folder of images; `grid` is the patches a side.
 * @throws {UserError} when they are missing or damaged, or are those of other images.
 */
export async function worldTruth(dataset: ImageDataset, grid: number): Promise<ConceptTruth> {
  if (dataset.length === 0) throw new UserError('no images to read the scenes of');
  const path = await findScenes(dataset.entry(0).source);
  const scenes = await readScenes(path);
  const ofExample: Scene[] = [];
  for (let example = 0; example < dataset.length; example++) {
    const { source } = dataset.entry(example);
    const scene = scenes.get(basename(source));
    if (scene === undefined) {
      throw new UserError(`missing scene of '${source}' in '${path}'`, {
        hint: 'these images are not those of that world',
      });
    }
    ofExample.push(scene);
  }
  let [last, rows]: [number, RowTruth[]] = [-1, []];
  return {
    source: path,
    concepts: CONCEPTS,
    kinds: kindsOf(CONCEPTS),
    level: 'token',
    nExamples: dataset.length,
    of(example, token) {
      // Rows of an example follow one another.
      if (example !== last) rows = rowsOfScene(ofExample[example]!, grid);
      last = example;
      return rows[token];
    },
  };
}

function rowsOfScene(scene: Scene, grid: number): RowTruth[] {
  const truth = patchConcepts(scene, grid);
  const nTokens = grid * grid;
  return Array.from({ length: nTokens }, (_, token) => ({
    present: [...CONCEPTS.keys()].filter((c) => truth[c * nTokens + token] === 1),
    unknown: [],
  }));
}

async function findScenes(image: string): Promise<string> {
  let folder = dirname(image);
  for (let up = 0; up < 5; up++, folder = dirname(folder)) {
    const path = join(folder, SCENES);
    if ((await kindOfPath(path)) === 'file') return path;
  }
  throw new UserError(`missing ${SCENES} above '${image}'`, {
    hint: "labels 'world' are those of the drawn world, which saev demo writes",
  });
}

async function readScenes(path: string): Promise<Map<string, Scene>> {
  const lines = (await readText(path, 'scenes of the world')).split('\n').filter(Boolean);
  return new Map(
    lines.map((line, number) => {
      try {
        const scene = SceneRecord.parse(JSON.parse(line));
        return [basename(scene.file), scene as unknown as Scene];
      } catch (cause) {
        throw new UserError(`invalid scenes of the world: line ${number + 1} of '${path}'`, {
          cause,
        });
      }
    }),
  );
}
