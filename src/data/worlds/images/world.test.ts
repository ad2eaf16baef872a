import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { openAde20k } from '../../datasets/ade20k.ts';
import { openImageFolder } from '../../datasets/image-folder.ts';
import { CONCEPTS, patchConcepts } from './concepts.ts';
import { classMask, drawScene, objectMask, WORLD_CLASSES } from './draw.ts';
import { mainObject, sampleScene } from './scene.ts';
import { SHAPES, WORLD_SIZE } from './vocabulary.ts';
import { writeWorld } from './write.ts';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});
async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'saev-world-'));
  folders.push(folder);
  return join(folder, 'world');
}

/** Hash of every file below a folder, names included. */
async function hashTree(folder: string): Promise<string> {
  const hash = createHash('sha256');
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = names
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  for (const file of files.sort())
    hash.update(file.slice(folder.length)).update(await readFile(file));
  return hash.digest('hex');
}

describe('a scene', () => {
  it('is the same for the same seed and index, whatever was drawn before', () => {
    const again = drawScene(sampleScene(3, 17)).data;
    drawScene(sampleScene(3, 16));
    expect(drawScene(sampleScene(3, 17)).data).toEqual(again);
    expect(drawScene(sampleScene(4, 17)).data).not.toEqual(again);
  });

  it('shows its main object whole, and says of every pixel what it is', () => {
    fc.assert(
      fc.property(fc.nat(1e6), (index) => {
        const scene = sampleScene(1, index);
        const owners = objectMask(scene);
        const classes = classMask(scene);
        const main = scene.objects.length;
        expect(owners.filter((owner) => owner === main).length).toBeGreaterThan(30);
        const names = Array.from(owners, (owner) =>
          owner === 0 ? scene.background : scene.objects[owner - 1]!.shape,
        );
        expect(Array.from(classes, (number) => WORLD_CLASSES[number]).join()).toBe(names.join());
      }),
      { numRuns: 40 },
    );
  });

  it('has pixels of an object in its colour', () => {
    // A plain red object is redder than it is green or blue, wherever it stands.
    let seen = 0;
    for (let index = 0; index < 300; index++) {
      const scene = sampleScene(2, index);
      const main = mainObject(scene);
      if (main.colour !== 'red' || main.texture !== 'plain') continue;
      seen++;
      const { data } = drawScene(scene);
      const p = 3 * (Math.floor(main.y) * WORLD_SIZE + Math.floor(main.x));
      if (main.shape === 'ring') continue;
      expect(data[p]!).toBeGreaterThan(1.5 * data[p + 1]!);
      expect(data[p]!).toBeGreaterThan(1.5 * data[p + 2]!);
    }
    expect(seen).toBeGreaterThan(2);
  });
});

describe('concepts of patches', () => {
  it('agree with a count of pixels, patch by patch', () => {
    for (let index = 0; index < 30; index++) {
      const scene = sampleScene(5, index);
      const owners = objectMask(scene);
      const truth = patchConcepts(scene);
      CONCEPTS.forEach(({ kind, name }, c) => {
        for (let patch = 0; patch < 64; patch++) {
          let pixels = 0;
          for (let i = 0; i < 64; i++) {
            const y = 8 * Math.floor(patch / 8) + Math.floor(i / 8);
            const owner = owners[y * WORLD_SIZE + 8 * (patch % 8) + (i % 8)]!;
            const object = scene.objects[owner - 1] as unknown as
              | Record<string, string>
              | undefined;
            if (kind === 'background')
              pixels += object === undefined && scene.background === name ? 1 : 0;
            else pixels += object?.[kind] === name ? 1 : 0;
          }
          expect(truth[c * 64 + patch]).toBe(pixels >= (kind === 'background' ? 32 : 16) ? 1 : 0);
        }
      });
    }
  });

  it('all occur often', () => {
    const counts = new Uint32Array(CONCEPTS.length);
    for (let index = 0; index < 300; index++) {
      const truth = patchConcepts(sampleScene(6, index));
      CONCEPTS.forEach((_, c) => {
        counts[c]! += truth.subarray(c * 64, (c + 1) * 64).reduce((sum, value) => sum + value, 0);
      });
    }
    expect(Math.min(...counts)).toBeGreaterThan(0.005 * 300 * 64);
  });
});

describe('a written world', () => {
  it('has the same bytes for the same seed, also when it was begun before', async () => {
    const [a, b] = [await newFolder(), await newFolder()];
    await writeWorld(a, { nScenes: 23, seed: 8 });
    const stop = new AbortController();
    stop.abort(new Error('stopped'));
    await expect(writeWorld(b, { nScenes: 23, seed: 8, signal: stop.signal })).rejects.toThrow(
      'stopped',
    );
    await writeWorld(b, { nScenes: 23, seed: 8 });
    expect(await hashTree(b)).toBe(await hashTree(a));
    await writeWorld(b, { nScenes: 23, seed: 8 });
    expect(await hashTree(b)).toBe(await hashTree(a));
  });

  it('is read as an ImageFolder in the order of its scenes', async () => {
    const world = await writeWorld(await newFolder(), { nScenes: 40, seed: 1 });
    const dataset = await openImageFolder(world.images);
    expect(dataset.length).toBe(40);
    expect(SHAPES).toEqual(expect.arrayContaining([...dataset.classes]));
    for (const [i, scene] of world.scenes.entries()) {
      expect(dataset.entry(i).label).toBe(mainObject(scene).shape);
      expect(Buffer.compare((await dataset.image(i)).data, drawScene(scene).data)).toBe(0);
    }
    const lines = (await readFile(join(world.folder, 'scenes.jsonl'), 'utf8')).trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { index: number }).index)).toEqual(
      world.scenes.map(({ index }) => index),
    );
  });

  it('is read as ADE20K, maps and categories with it', async () => {
    const world = await writeWorld(await newFolder(), { nScenes: 20, seed: 1 });
    for (const [split, count] of [
      ['training', 16],
      ['validation', 4],
    ] as const) {
      const dataset = await openAde20k(world.ade20k, split);
      expect(dataset.length).toBe(count);
      for (let i = 0; i < count; i++) {
        const scene = world.scenes.find(({ index }) =>
          dataset.entry(i).source.includes(String(index).padStart(6, '0')),
        )!;
        expect(dataset.entry(i).label).toBe(mainObject(scene).shape);
        expect(Buffer.compare((await dataset.segmentation!(i)).data, classMask(scene))).toBe(0);
      }
    }
  });

  it('names the classes of its maps, also where an earlier version wrote it', async () => {
    const world = await writeWorld(await newFolder(), { nScenes: 10, seed: 1 });
    const table = join(world.ade20k, 'objectInfo150.txt');
    const text = await readFile(table, 'utf8');
    const rows = text
      .trim()
      .split('\n')
      .map((line) => line.split('\t'));
    expect(rows[0]).toEqual(['Idx', 'Ratio', 'Train', 'Val', 'Stuff', 'Name']);
    expect(rows.slice(1).map((row) => row[5])).toEqual(WORLD_CLASSES.slice(1));
    const dataset = await openAde20k(world.ade20k, 'training');
    expect(await dataset.segmentationClasses!()).toEqual(WORLD_CLASSES);
    await rm(table);
    await writeWorld(world.folder, { nScenes: 10, seed: 1 });
    expect(await readFile(table, 'utf8')).toBe(text);
  });

  it('leaves another world, and anything else, alone', async () => {
    const folder = await newFolder();
    await writeWorld(folder, { nScenes: 3, seed: 1 });
    await expect(writeWorld(folder, { nScenes: 4, seed: 1 })).rejects.toThrow(/another world/);
    const other = await newFolder();
    await mkdir(other);
    await writeFile(join(other, 'thesis.txt'), 'precious');
    await expect(writeWorld(other, { nScenes: 3, seed: 1 })).rejects.toThrow(
      /holds something else: 'thesis.txt'/,
    );
    expect(await readFile(join(other, 'thesis.txt'), 'utf8')).toBe('precious');
  });
});
