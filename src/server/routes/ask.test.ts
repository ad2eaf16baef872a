// Questions to the workbench, asked without a socket.
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ASKED_LATENTS, writePictureRun, writeTextRun } from '../../../test/helpers/asked-runs.ts';
import type { AskAnswer, LatentsAnswer } from '../../pages/ask.ts';
import type { Catalogue } from '../../pages/catalogue.ts';
import { VisualsConfig } from '../../visuals/config.ts';
import { withDataOfRun } from '../../visuals/data-of-run.ts';
import { visualize } from '../../visuals/visualize.ts';
import { createApp } from '../app.ts';
import { openWorkbench } from '../open-workbench.ts';
import type { Workbench } from '../workbench.ts';

let base: string;
let workbench: Workbench;
let app: Hono;
let upload: string;

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'saev-ask-route-'));
  const run = await writePictureRun(base);
  await writeTextRun(base);
  const parsed = VisualsConfig.parse({
    ckpt: run,
    dumpTo: join(run, 'visuals'),
    logFreqRange: [-9, 1],
    logValueRange: [-9, 9],
    threads: 1,
  });
  await visualize(await withDataOfRun(parsed, { keepImages: false }));
  const template = join(base, 'page.html');
  await writeFile(template, '<script type="module">1</script><!--saev-data-->');
  workbench = await openWorkbench([join(base, 'runs')]);
  app = await createApp(workbench, { template });
  upload = (await readFile(join(base, 'photo.jpg'))).toString('base64');
});
afterAll(async () => {
  await workbench?.close();
  await rm(base, { recursive: true });
});

const post = (body: unknown) =>
  app.request('/act/ask', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });

async function answersTo(body: unknown): Promise<AskAnswer['answers']> {
  const response = await post(body);
  const value = await response.json();
  expect([response.status, value]).toEqual([200, value]);
  return (value as AskAnswer).answers;
}

const [pictures, texts] = ['runs~pictures', 'runs~texts'];

describe('asking the workbench', () => {
  it('answers about an image that was sent, each model for itself', async () => {
    const models = [pictures, texts, 'runs~none'];
    const [first, second, third] = await answersTo({
      models,
      example: { image: { upload, name: 'photo.jpg' } },
      top: 4,
      latents: [0],
    });
    const answer = first as LatentsAnswer;
    expect(answer).toMatchObject({ model: pictures, dSae: ASKED_LATENTS, nTokens: 64 });
    expect(answer.strongest).toHaveLength(4);
    expect(answer.asked).toHaveLength(1);
    expect(JSON.stringify(answer)).not.toContain(base);
    expect(second).toEqual({
      model: texts,
      error: expect.stringMatching(/reads texts, not an image/),
    });
    expect(JSON.stringify([second, third])).not.toContain(base);
    expect(third).toMatchObject({ error: expect.stringMatching(/^unknown entry of models/) });
  });

  it('answers about a text', async () => {
    const [answer] = await answersTo({ models: [texts], example: { text: 'the thin man' } });
    expect(answer).toMatchObject({ model: texts, seen: { kind: 'text' } });
  });

  it('answers about an example of a page, in full where its image is at hand', async () => {
    const catalogue = (await (await app.request('/data/catalogue.json')).json()) as Catalogue;
    const { id } = catalogue.features[0]!;
    const example = { image: { features: id, example: 2 } };
    const [full] = await answersTo({ models: [pictures], example });
    expect(full).toMatchObject({ notes: [], seen: { original: { width: 64 } } });
    const missing = await post({
      models: [pictures],
      example: { image: { features: id, example: 99 } },
    });
    expect(missing.status).toBe(400);
    // Where the images are gone, the page's own picture stands in.
    const other = await openWorkbench([join(base, 'runs')]);
    await rename(join(base, 'photos'), join(base, 'away'));
    const again = await createApp(other, { template: join(base, 'page.html') });
    const response = await again.request('/act/ask', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ models: [pictures], example }),
    });
    const { answers } = (await response.json()) as AskAnswer;
    expect(answers[0]).toMatchObject({ notes: [expect.stringMatching(/not at hand/)] });
    await other.close();
    await rename(join(base, 'away'), join(base, 'photos'));
  });

  it.each([
    [undefined, 'invalid request'],
    [{}, 'models'],
    [{ models: [], example: { text: 'a' } }, 'models'],
    [{ models: Array(9).fill(texts), example: { text: 'a' } }, 'models'],
    [{ models: [texts], example: {} }, 'an example is {image} or {text}'],
    [{ models: [texts], example: { text: 'a'.repeat(20_001) } }, 'the text is too long'],
    [{ models: [texts], example: { image: { upload: '<svg>' } } }, 'the image is not base64'],
    [{ models: [texts], example: { image: { upload: '' } } }, 'the image is empty'],
    [{ models: [texts], example: { text: 'a' }, top: 1e9 }, 'top'],
    [{ models: [texts], example: { text: 'a' }, latents: [-1] }, 'latents'],
    [{ models: [texts], example: { text: 'a' }, more: 1 }, 'more'],
  ])('refuses question %# with a sentence', async (body, sentence) => {
    const response = await post(body);
    expect(response.status).toBe(400);
    expect(((await response.json()) as { error: string }).error).toContain(sentence);
  });

  it('refuses what is no image, an empty text and latents that there are not', async () => {
    const bad = { image: { upload: Buffer.from('<script>').toString('base64') } };
    const [noImage] = await answersTo({ models: [pictures], example: bad });
    expect(noImage!.error).toMatch(/^image cannot be read: 'image'/);
    const [empty] = await answersTo({ models: [texts], example: { text: ' ' } });
    expect(empty!.error).toMatch(/^empty text/);
    const [unknown] = await answersTo({
      models: [texts],
      example: { text: 'a' },
      latents: [ASKED_LATENTS],
    });
    expect(unknown!.error).toMatch(/^unknown latent/);
  });
});
