// The engine of published pages in a real browser, over a plain web host: the answers of the library.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../src/base/random.ts';
import { decodeImage } from '../../src/data/images/decode.ts';
import { encodePng } from '../../src/data/images/encode.ts';
import { writeWorld } from '../../src/data/worlds/images/write.ts';
import type { AskAnswer, Example, LatentsAnswer } from '../../src/pages/ask.ts';
import type { EditAnswer, EditRequest, EditSection } from '../../src/pages/edit.ts';
import { writeCheckpoint } from '../../src/sae/checkpoints/registry.ts';
import { writeEngine } from '../../src/server/publish/engine/write-engine.ts';
import { ask } from '../../src/studies/asking/ask.ts';
import { type Askable, openAskable } from '../../src/studies/asking/askable.ts';
import type { AskedExample } from '../../src/studies/asking/example-image.ts';
import { writeHeadFolder, writeHeadNote } from '../../src/studies/probes/head-files.ts';
import { edit } from '../../src/studies/steering/edit.ts';
import type { FoundHead } from '../../src/studies/steering/heads/heads.ts';
import { withOwnCodes } from '../../src/studies/steering/heads/own-codes.ts';
import { readEditHeads } from '../../src/studies/steering/heads/read-heads.ts';
import { proposalAnswer } from '../../src/studies/steering/proposing/proposal-answer.ts';
import { proposeOnTree } from '../../src/studies/steering/proposing/propose-on-tree.ts';
import { ASKED_LATENTS, writePictureRun } from '../helpers/asked-runs.ts';
import { browserPath, startBrowser } from '../helpers/browser.ts';
import { worldCheckpoint } from '../helpers/small-run.ts';
import { ISOLATED, type StaticServer, startStaticServer } from '../helpers/static-server.ts';

/** Largest difference, relative to the largest value. */
const LIMIT = 1e-5;
const PICTURES = 'fixtures/images/files';
const TEXT = 'The red fox sees a small bird in the garden. The bird';

let base: string;
let images: Askable;
let words: Askable;
let png: Uint8Array;
let found: FoundHead[];
let tree: string;
let browser: Browser;

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'saev-engine-'));
  const pictures = await writePictureRun(base);
  const texts = join(base, 'runs/words');
  await writeLanguageCoder(texts);
  const heads = await writeHeads(join(base, 'heads'), pictures);
  const read = await readEditHeads(heads.map(({ folder }) => folder));
  found = await withOwnCodes(
    read.map((head, i) => ({ ...head, id: heads[i]!.id })),
    pictures,
  );
  tree = (await writeWorld(join(base, 'world'), { nScenes: 20, seed: 3 })).ade20k;
  await writeEngine(join(base, 'site/engine'), [
    { id: 'pictures', name: pictures, heads: found, maps: tree },
    { id: 'words', name: texts },
    { id: 'gone', name: join(base, 'runs/gone') },
  ]);
  await writeEngine(join(base, 'small'), [{ id: 'pictures', name: pictures }], { maxBytes: 1000 });
  await buildModules();
  const page = `<!doctype html><title>engine</title><link rel="icon" href="data:,"><script type="module">
    import { openEngine } from './open.js';
    import { decodeWithin } from './decode.js';
    window.engine = openEngine('engine/');
    window.decode = decodeWithin;</script>`;
  await writeFile(join(base, 'site/index.html'), page);
  png = await somePicture();
  images = await openAskable(pictures, { threads: 1 });
  words = await openAskable(texts, { threads: 1 });
  if (browserPath !== undefined) browser = await startBrowser();
});
afterAll(async () => {
  await browser?.close();
  await images?.close();
  await words?.close();
  await rm(base, { recursive: true });
});

/** Two modules of the engine as files of their own: the way in, and what decodes pictures. */
async function buildModules(): Promise<void> {
  const entry = {
    open: 'web/src/engine/open-engine.ts',
    decode: 'web/src/engine/stand-ins/example-image.ts',
  };
  await build({
    configFile: false,
    logLevel: 'error',
    build: {
      outDir: join(base, 'site'),
      emptyOutDir: false,
      lib: { entry, formats: ['es'], fileName: (_, name) => `${name}.js` },
    },
  });
}

/** A coder of the embedded language model, untrained. */
async function writeLanguageCoder(path: string): Promise<void> {
  const [d, dSae] = [128, 96];
  const random = new Random(7);
  const normal = (n: number, scale: number): Float32Array =>
    Float32Array.from({ length: n }, () => scale * random.normal());
  const point = 'blocks.1.hook_resid_post';
  const config = {
    ...{ dIn: d, dOut: d, dSae, activation: { kind: 'topk', k: 12 } as const },
    subtractDecoderBias: true,
    metadata: {},
    place: { model: 'world-gpt2', input: point, output: point, layer: 1 },
  };
  const weights = {
    wEnc: normal(dSae * d, d ** -0.5),
    bEnc: normal(dSae, 0.1),
    wDec: normal(dSae * d, d ** -0.5),
    bDec: normal(d, 0.1),
  };
  await writeCheckpoint({ config, weights }, path);
}

/** Heads of classification and segmentation behind the edit, untrained. */
async function writeHeads(
  folder: string,
  coder: string,
): Promise<{ id: string; folder: string }[]> {
  const random = new Random(11);
  const head = (nClasses: number, dIn = 128) => ({
    dIn,
    nClasses,
    weight: Float32Array.from({ length: dIn * nClasses }, () => random.normal()),
    bias: Float32Array.from({ length: nClasses }, () => random.normal()),
  });
  const config = { learning_rate: 0.001, weight_decay: 0.01 };
  const model = { vitFamily: 'world', vitCkpt: worldCheckpoint };
  const [classes, segments] = [join(folder, 'classes'), join(folder, 'segments')];
  await writeHeadFolder(classes, head(3), { config });
  const names = ['round', 'square', 'other'];
  await writeHeadNote(classes, { ...model, layer: -1, patches: 'cls', classes: names });
  await writeHeadFolder(segments, head(4), { step: 10, config });
  await writeHeadNote(segments, { ...model, vitLayer: -1, resize: 'squash' });
  const codes = join(folder, 'codes');
  await writeHeadFolder(codes, head(3, ASKED_LATENTS), { config });
  const reads = { layer: -2, patches: 'meanpool', classes: names };
  await writeHeadNote(codes, { ...model, ...reads, sae: join(coder, 'checkpoint') });
  return [
    { id: 'heads~codes', folder: codes },
    { id: 'heads~classes', folder: classes },
    { id: 'heads~segments', folder: segments },
  ];
}

/** Waves of colour, larger than the model's input, not square, and not all of it opaque. */
async function somePicture(): Promise<Uint8Array> {
  const [width, height] = [150, 110];
  const data = new Uint8Array(4 * width * height);
  for (let i = 0; i < data.length; i++)
    data[i] = 128 + 120 * Math.sin(i * 0.013 + (i % 4)) * Math.cos(Math.floor(i / (4 * width)) / 9);
  return encodePng({ width, height, data });
}

const upload = (): Example => ({
  image: { upload: Buffer.from(png).toString('base64'), name: 'waves.png' },
});

interface EngineWindow {
  readonly engine: {
    work(name: string, input: unknown): Promise<unknown>;
  };
}

function work<Out>(page: Page, name: 'ask' | 'edit' | 'propose', input: object): Promise<Out> {
  return page.evaluate(
    ([name, input]) =>
      (window as unknown as EngineWindow).engine.work(name as string, input) as Promise<never>,
    [name, input] as const,
  );
}

describe.skipIf(browserPath === undefined).each([
  ['one thread', {}],
  ['threads', ISOLATED],
])('on a plain web host, with %s', (_, headers) => {
  let server: StaticServer;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    server = await startStaticServer(join(base, 'site'), headers);
    page = await browser.newPage();
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(server.url);
  });
  afterAll(async () => {
    await page?.close();
    await server?.close();
  });

  it('shares memory where it may', async () => {
    const isolated = await page.evaluate(() => crossOriginIsolated);
    expect(isolated).toBe(headers === ISOLATED);
  });

  it('finds the same latents in an image and in a text', async () => {
    const latents = [0, 1, 2, 3];
    const found = await work<AskAnswer>(page, 'ask', {
      models: ['pictures', 'words'],
      example: upload(),
      latents,
    });
    const [ofImage, misfit] = found.answers;
    expectSame(ofImage as LatentsAnswer, await ask(images, { image: png }, { latents }));
    expect(misfit!.error).toContain('reads texts, not an image');
    const texts = await work<AskAnswer>(page, 'ask', {
      models: ['words', 'gone', 'nobody'],
      example: { text: TEXT },
      latents,
    });
    const [ofText, gone, nobody] = texts.answers;
    expectSame(ofText as LatentsAnswer, await ask(words, { text: TEXT }, { latents }));
    expect(gone!.error).toMatch(/^It is not computed here: missing checkpoint/);
    expect(nobody!.error).toContain("'nobody' was not published");
    expect(complaints).toEqual([]);
  });

  it('changes the same things behind an edit', async () => {
    const changes = [
      { latent: 3, value: 6 },
      { latent: 5, value: -2 },
    ];
    const request = { model: 'pictures', example: upload(), changes };
    const kinds = await expectSameEdit(images, { image: png }, request);
    expect(kinds).toEqual(['segmentation', 'classes', 'classes', 'change']);
    await expectSameEdit(
      words,
      { text: TEXT },
      {
        model: 'words',
        example: { text: TEXT },
        changes,
        newTokens: 12,
        seed: 3,
        temperature: 0.7,
      },
    );
  });

  it('keeps every bit where nothing is changed', async () => {
    const request = { model: 'words', example: { text: TEXT }, changes: [], newTokens: 4 };
    const { sections } = await work<EditAnswer>(page, 'edit', request);
    const table = sections.find(({ kind }) => kind === 'next-tokens') as EditSection & {
      tokens: { before: number; after: number }[];
    };
    for (const { before, after } of table.tokens) expect(after).toBe(before);
  });

  it('proposes the latents that a server proposes', async () => {
    const wish = { model: 'pictures', classes: [7, 12], k: 2, random: 4, seed: 1 };
    const classes = await proposeOnTree(images, tree, { classes: wish.classes });
    const ours = proposalAnswer(wish, { classes, largest: undefined });
    expect(ours.random).toHaveLength(4);
    expect(await work(page, 'propose', wish)).toEqual(ours);
    const unknown = work(page, 'propose', { ...wish, classes: [99] });
    await expect(unknown).rejects.toThrow('unknown class 99');
    const none = work(page, 'propose', { model: 'words', classes: [] });
    await expect(none).rejects.toThrow('no visuals say which latents fire');
  });

  it('says in a sentence what cannot be read', async () => {
    const bad = { image: { upload: Buffer.from('no picture').toString('base64'), name: 'a.png' } };
    const { answers } = await work<AskAnswer>(page, 'ask', { models: ['pictures'], example: bad });
    expect(answers[0]!.error).toContain("image cannot be read: 'a.png'");
    const far = { model: 'pictures', example: upload(), changes: [{ latent: 4000, value: 1 }] };
    await expect(work(page, 'edit', far)).rejects.toThrow('unknown latent 4000');
  });

  async function expectSameEdit(
    askable: Askable,
    example: AskedExample,
    request: EditRequest,
  ): Promise<string[]> {
    const { model: _, example: __, heads: ___, changes, ...rest } = request;
    const heads = askable.modality === 'image' ? found : [];
    const job = { ...(rest as object), changes: [...changes], heads };
    const ours = await edit(askable, example, job);
    const { repeat, ...theirs } = await work<EditAnswer>(page, 'edit', request);
    expect(repeat).toContain('saev steer');
    expectNear(theirs, { ...ours });
    return theirs.sections.map(({ kind }) => kind);
  }
});

it.skipIf(browserPath === undefined)('reads the pixels that the library reads', async () => {
  const server = await startStaticServer(join(base, 'site'));
  const page = await browser.newPage();
  await page.goto(server.url);
  await page.waitForFunction('window.decode');
  const far: Record<string, number> = {};
  for (const name of (await readdir(PICTURES)).filter((file) => !file.endsWith('.tif'))) {
    const file = await readFile(join(PICTURES, name));
    const { data } = await decodeImage(file, name);
    const read = await page.evaluate<number[]>(
      `decode(Uint8Array.from(atob('${file.toString('base64')}'), (c) => c.charCodeAt(0)), 'x')
        .then(({ data }) => [...data])`,
    );
    expect([name, read.length]).toEqual([name, data.length]);
    const worst = read.reduce((max, byte, i) => Math.max(max, Math.abs(byte - data[i]!)), 0);
    if (worst > 0) far[name] = worst;
  }
  await page.close();
  await server.close();
  // Browsers blend before anybody sees the bytes, and turn ink to light in other steps.
  expect(far).toEqual({ 'cmyk.jpg': 1, 'lossless-alpha.webp': expect.toSatisfy((x) => x <= 8) });
});

it('leaves out what is too large to send, and says so', async () => {
  const { models } = JSON.parse(await readFile(join(base, 'small/models.json'), 'utf8')) as {
    models: { refused?: string }[];
  };
  expect(models[0]!.refused).toMatch(/its weights have 4.2 MB, and this page sends at most 1.0 kB/);
});

function expectSame({ model: _, ...theirs }: LatentsAnswer, ours: LatentsAnswer): void {
  const { model: __, ...answer } = ours;
  expectNear(theirs, answer);
}

/** Expect the same structure, numbers apart by no more than the limit of the largest; pictures may be encoded otherwise. */
function expectNear(theirs: unknown, ours: unknown): void {
  const [a, b] = [numbersOf(theirs), numbersOf(ours)];
  expect(a.rest).toEqual(b.rest);
  const largest = Math.max(...b.numbers.map(Math.abs));
  const worst = Math.max(...a.numbers.map((x, i) => Math.abs(x - b.numbers[i]!)));
  expect(worst / largest).toBeLessThan(LIMIT);
}

function numbersOf(value: unknown): { numbers: number[]; rest: unknown } {
  const numbers: number[] = [];
  const rest = JSON.parse(
    JSON.stringify(value, (_, each: unknown) => {
      if (typeof each === 'number' && !Number.isInteger(each)) {
        numbers.push(each);
        return 'number';
      }
      return typeof each === 'string' && each.startsWith('data:') ? each.slice(0, 22) : each;
    }),
  );
  return { numbers, rest };
}
