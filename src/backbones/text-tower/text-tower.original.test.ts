// Text towers in each published layout against open_clip (fixtures/backbones/make_texts.py).
import { readdirSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSafetensors, type SafetensorsFile } from '../../formats/safetensors.ts';
import type { VisionBackbone } from '../types.ts';
import { openVisionModel } from '../vision/open.ts';
import { OUTPUT } from '../vision/vision-graph.ts';
import { ofLengthOne } from './text-tower.ts';
import type { TextTower } from './types.ts';

const FIXTURES = join(import.meta.dirname, '../../../fixtures');
const CASES = readdirSync(join(FIXTURES, 'backbones/texts'));
const CHOSEN = ['a photo of a cat', 'two birds', "It's 1990's best", 'many words '.repeat(60)];
const LIMIT = 1e-5;

describe.each(CASES)('%s', (name) => {
  const family = name.startsWith('siglip') ? 'siglip' : 'clip';
  let folder: string;
  let golden: SafetensorsFile;
  let backbone: VisionBackbone;
  let tower: TextTower;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'saev-texts-'));
    await cp(join(FIXTURES, 'backbones/texts', name), folder, { recursive: true });
    const kind = name.startsWith('siglip') ? name : 'clip';
    await cp(join(FIXTURES, 'texts/prompts', kind), folder, { recursive: true });
    golden = await openSafetensors(join(folder, 'golden.safetensors'));
    backbone = await openVisionModel({ family, name: folder }, { threads: 1 });
    tower = await backbone.textTower!();
  });
  afterAll(async () => {
    await golden?.close();
    await backbone?.close();
    await rm(folder, { recursive: true });
  });

  const rowsOf = async (what: string): Promise<Float32Array[]> => {
    const data = await golden.readFloat32(what);
    const width = golden.tensors.get(what)!.shape[1]!;
    return Array.from({ length: data.length / width }, (_, i) =>
      data.slice(i * width, (i + 1) * width),
    );
  };

  it('gives the vectors of texts, alone and together', async () => {
    const expected = (await rowsOf('texts')).map(ofLengthOne);
    const alone = await tower.embed([CHOSEN[1]!]);
    expect(alone.vectors[0]).toBeNear(expected[1]!, LIMIT);
    const { vectors, cut } = await tower.embed(CHOSEN);
    for (const [i, vector] of vectors.entries()) expect(vector).toBeNear(expected[i]!, LIMIT);
    // The merges of the last one, learnt on these prompts, have even the long one in a few tokens.
    expect(cut).toEqual(name === 'siglip2' ? [] : [3]);
  });

  it('gives the vectors of images, and the probabilities of texts', async () => {
    const { data } = await golden.read('pixels');
    const pixels = { data: await golden.readFloat32('pixels'), shape: [2, 3, 32, 32] };
    expect(data.length).toBe(pixels.data.length);
    const [images, probabilities] = [await rowsOf('images'), await rowsOf('probabilities')];
    const { vectors } = await tower.embed(CHOSEN);
    for (const i of [0, 1]) {
      const one = { data: pixels.data.slice(i * 3072, (i + 1) * 3072), shape: [1, 3, 32, 32] };
      const output = (await backbone.run(one, { record: [OUTPUT] })).get(OUTPUT)!;
      const vector = tower.imageVector(output);
      expect(vector).toBeNear(ofLengthOne(images[i]!), LIMIT);
      const cosines = vectors.map((text) => text.reduce((sum, x, j) => sum + x * vector[j]!, 0));
      expect(Float32Array.from(tower.probabilities(cosines))).toBeNear(probabilities[i]!, LIMIT);
    }
  });
});
