import { cp, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ASKED_LATENTS, writePictureRun, writeTextRun } from '../../../test/helpers/asked-runs.ts';
import { openContexts } from '../../activations/shards/context-files.ts';
import { readMetadata } from '../../activations/shards/metadata.ts';
import { Random } from '../../base/random.ts';
import { openDataset } from '../../data/datasets/open-dataset.ts';
import { encodePng } from '../../data/images/encode.ts';
import type { LatentsAnswer } from '../../pages/ask.ts';
import { VisualsConfig } from '../../visuals/config.ts';
import { dataOfRun, withDataOfRun } from '../../visuals/data-of-run.ts';
import { openFeatureFile } from '../../visuals/feature-file/feature-file.ts';
import { visualize } from '../../visuals/visualize.ts';
import { ask } from './ask.ts';
import { type Askable, openAskable } from './askable.ts';
import { describeCoder } from './home.ts';
import { sharedModels } from './shared-models.ts';

let base: string;
let pictures: string;
let texts: string;
let images: Askable;
let words: Askable;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'saev-ask-'));
  pictures = await writePictureRun(base);
  texts = await writeTextRun(base);
  images = await openAskable(pictures, { threads: 1 });
  words = await openAskable(texts, { threads: 1 });
});
afterAll(async () => {
  await images?.close();
  await words?.close();
  await rm(base, { recursive: true });
});

const photo = (): string => join(base, 'photo.jpg');

/** The features that visuals find of a run. */
async function visualsOf(ckpt: string, dumpTo: string) {
  const parsed = VisualsConfig.parse({ ckpt, dumpTo, topK: 6, threads: 1, formats: [] });
  const config = await withDataOfRun(parsed, { keepImages: false });
  const { folder } = await visualize(config);
  const file = await openFeatureFile(folder);
  return { file, config };
}

/** The map of a latent in an answer, dense. */
function mapOf({ asked, nTokens }: LatentsAnswer, at: number): Float32Array {
  const { positions, values } = asked[at]!;
  const dense = new Float32Array(nTokens);
  for (const [i, position] of positions.entries()) dense[position] = values[i]!;
  return dense;
}

const every = Array.from({ length: ASKED_LATENTS }, (_, latent) => latent);

describe('asking about an image', () => {
  it('gives the codes that visuals found', async () => {
    const { file, config } = await visualsOf(pictures, join(base, 'visuals'));
    const dataset = await openDataset(config.images);
    let compared = 0;
    for (let i = 0; i < dataset.length; i++) {
      const answer = await ask(images, { image: await dataset.image(i) }, { latents: every });
      for (const latent of every) {
        const found = (await file.top(latent)).find(({ example }) => example === i);
        if (found === undefined) continue;
        const dense = new Float32Array(answer.nTokens);
        for (const [j, token] of found.map.token.entries()) dense[token] = found.map.value[j]!;
        expect(mapOf(answer, latent)).toBeClose(dense, { relative: 1e-4, absolute: 1e-4 });
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(ASKED_LATENTS);
    await dataset.close();
    await file.close();
  });

  it('says what is strongest, and what the model saw', async () => {
    const answer = await ask(images, { image: photo() }, { top: 3, latents: [5, 0] });
    expect(answer.strongest).toHaveLength(3);
    expect(answer.asked.map(({ latent }) => latent)).toEqual([5, 0]);
    const [first, second] = answer.strongest;
    expect(first!.max).toBeGreaterThanOrEqual(second!.max);
    expect(first!.max).toBe(Math.max(...first!.values));
    expect(first!.positions[first!.values.indexOf(first!.max)]).toBe(first!.at);
    expect(answer.byToken).toHaveLength(64);
    expect(answer.byToken[first!.at]!.latents[0]).toBe(first!.latent);
    expect(answer).toMatchObject({ nTokens: 64, dSae: ASKED_LATENTS, notes: [] });
    expect(answer.seen).toMatchObject({
      kind: 'image',
      side: 8,
      lead: 0,
      original: { width: 64, height: 64 },
      crop: { left: 0, top: 0, width: 64, height: 64 },
    });
  });

  it('reads bytes and pixels alike, and many questions at once', async () => {
    const wide = { width: 90, height: 40, data: new Uint8Array(90 * 40 * 3) };
    const random = new Random(3);
    for (let i = 0; i < wide.data.length; i++) wide.data[i] = random.int(256);
    const bytes = await encodePng(wide);
    const answers = await Promise.all(
      [wide, bytes, wide, bytes].map((image) => ask(images, { image })),
    );
    for (const { strongest } of answers) expect(strongest).toEqual(answers[0]!.strongest);
    const { seen } = answers[0]!;
    if (seen.kind !== 'image') throw new Error('no image');
    expect(seen.crop.height).toBeLessThanOrEqual(40);
    expect(seen.crop.left + seen.crop.width).toBeLessThanOrEqual(90);
  });

  it('refuses what is no image, or too much', async () => {
    const bad = join(base, 'bad.png');
    await writeFile(bad, 'no picture');
    await expect(ask(images, { image: bad })).rejects.toThrow("image cannot be read: '");
    await expect(ask(images, { image: base })).rejects.toThrow('it is not a file');
    await expect(ask(images, { image: join(base, 'none.png') })).rejects.toThrow('no such file');
    await expect(ask(images, { image: new Uint8Array(0) })).rejects.toThrow('cannot be read');
    const limited = (limits: object) => ask(images, { image: photo() }, { limits });
    await expect(limited({ bytes: 100 })).rejects.toThrow('image too large');
    await expect(limited({ pixels: 100 })).rejects.toThrow('64 × 64 pixels');
    await expect(ask(images, { text: 'a circle' })).rejects.toThrow('reads images, not a text');
    await expect(ask(images, { image: photo() }, { latents: [ASKED_LATENTS] })).rejects.toThrow(
      `unknown latent ${ASKED_LATENTS}`,
    );
    const stopped = AbortSignal.abort(new Error('stopped'));
    await expect(ask(images, { image: photo() }, { signal: stopped })).rejects.toThrow('stopped');
  });
});

describe('asking about a text', () => {
  it('gives the codes that visuals found', async () => {
    const { file } = await visualsOf(texts, join(base, 'text-visuals'));
    const { shardRoot } = (await dataOfRun(texts))!;
    const contexts = (await openContexts(shardRoot, await readMetadata(shardRoot)))!;
    const [latent] = (await ask(words, { text: 'the thin man' })).strongest.map((l) => l.latent);
    for (const { example, map } of await file.top(latent!)) {
      const text = await contexts.tokens(example);
      const answer = await ask(words, { text }, { latents: [latent!] });
      const dense = new Float32Array(answer.nTokens);
      for (const [j, token] of map.token.entries()) dense[token] = map.value[j]!;
      expect(mapOf(answer, 0)).toBeClose(dense, { relative: 1e-4, absolute: 1e-4 });
    }
    await contexts.close();
    await file.close();
  });

  it('shows the tokens, the first of which begins the text', async () => {
    const answer = await ask(words, { text: 'a hat' });
    expect(answer.seen).toMatchObject({ kind: 'text', trainedOn: 10 });
    if (answer.seen.kind !== 'text') throw new Error('no text');
    expect(answer.seen.tokens.slice(1).join('')).toBe('a hat');
    expect(answer.seen.special).toEqual([true, ...Array(answer.nTokens - 1).fill(false)]);
    expect(answer.notes).toEqual([]);
    const longer = await ask(words, { text: 'a hat and a cat' });
    expect(longer.notes[0]).toMatch(/^The text has 16 tokens; in training contexts had 10/);
  });

  it('leaves out what fires on signs alone, unless it is to count', async () => {
    const question = { text: 'a hat', top: ASKED_LATENTS, latents: every };
    const [without, counting] = [
      await ask(words, question, question),
      await ask(words, question, { ...question, signs: true }),
    ];
    for (const [i, { positions, values, max, at }] of without.asked.entries()) {
      const counted = positions.flatMap((position, j) => (position === 0 ? [] : [values[j]!]));
      expect(max).toBe(Math.max(0, ...counted));
      if (max > 0) expect(at).toBeGreaterThan(0);
      expect(counting.asked[i]!.max).toBe(Math.max(0, ...values));
      // The map is whole either way.
      expect(counting.asked[i]!.positions).toEqual(positions);
    }
    expect(without.strongest.length).toBeLessThan(counting.strongest.length);
    expect(without.strongest.every(({ positions }) => positions.some((at) => at > 0))).toBe(true);
    expect(without.byToken).toEqual(counting.byToken);
  });

  it('refuses what is empty or too long', async () => {
    await expect(ask(words, { text: ' \n' })).rejects.toThrow('empty text');
    await expect(ask(words, { text: 'a'.repeat(40) })).rejects.toThrow(
      /^text too long: 41 tokens, the model of '.*' reads 20$/,
    );
    const limits = { characters: 5 };
    await expect(ask(words, { text: 'a hat on' }, { limits })).rejects.toThrow('8 characters');
    await expect(ask(words, { image: photo() })).rejects.toThrow('reads texts, not an image');
  });
});

describe('opening', () => {
  it('finds the shards of a run that was moved with them', async () => {
    const moved = join(base, 'moved');
    await cp(join(base, 'runs'), join(moved, 'runs'), { recursive: true });
    await cp(join(base, 'shards'), join(moved, 'shards'), { recursive: true });
    const { home } = await describeCoder(join(moved, 'runs/pictures'));
    expect(home).toMatchObject({ modality: 'image', family: 'world', hasShards: true });
    // The settings name the first place, which is there no more.
    await rename(join(base, 'shards'), join(base, 'gone'));
    const again = await describeCoder(join(moved, 'runs/pictures'));
    expect(again.home.data.shardRoot.startsWith(join(moved, 'shards'))).toBe(true);
    await rm(moved, { recursive: true });
    await expect(describeCoder(pictures)).rejects.toThrow(
      /^missing activations of '.*': there is nothing at/,
    );
    const data = { live: { vitFamily: 'world' }, layer: -1 } as const;
    const said = await describeCoder(pictures, { data });
    expect(said.home).toMatchObject({ checkpoint: 'world-vit', layer: -1, patches: 'patches' });
    await rename(join(base, 'gone'), join(base, 'shards'));
  });

  it('shares a model among coders, and closes it behind the last', async () => {
    const models = sharedModels();
    const first = await openAskable(pictures, { threads: 1, models });
    const second = await openAskable(pictures, { threads: 1, models });
    const before = await ask(first, { image: photo() });
    await first.close();
    await first.close();
    expect((await ask(second, { image: photo() })).strongest).toEqual(before.strongest);
    await second.close();
    await expect(second.backbone.close()).resolves.toBeUndefined();
  });

  it('refuses a coder of another width, and one that names no model', async () => {
    const data = { language: { model: 'fixtures/language/gpt2' } };
    await expect(openAskable(pictures, { data, threads: 1 })).rejects.toThrow();
    await expect(describeCoder(join(pictures, 'checkpoint'))).rejects.toThrow(
      /^missing model: '.*' does not say which model it belongs to$/,
    );
    await expect(describeCoder(join(base, 'nothing'))).rejects.toThrow('missing checkpoint');
  });
});
