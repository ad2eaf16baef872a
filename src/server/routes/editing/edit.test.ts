// Edits on the workbench, asked for without a socket.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ASKED_LATENTS,
  writePictureRun,
  writeTextRun,
} from '../../../../test/helpers/asked-runs.ts';
import { worldCheckpoint } from '../../../../test/helpers/small-run.ts';
import { writeWorld } from '../../../data/worlds/images/write.ts';
import type { EditAnswer, EditablePage, ProposalAnswer } from '../../../pages/edit.ts';
import type { ActLine } from '../../../pages/source.ts';
import { writeHeadFolder, writeHeadNote } from '../../../studies/probes/head-files.ts';
import { initHead } from '../../../studies/probes/linear-head.ts';
import { createApp } from '../../app.ts';
import { openWorkbench } from '../../open-workbench.ts';
import type { Workbench } from '../../workbench.ts';

const [pictures, texts] = ['open~runs~pictures', 'open~runs~texts'];
const HEAD = 'open~heads~one';

let base: string;
let workbench: Workbench;
let app: Hono;
let upload: string;

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'saev-edit-route-'));
  const open = join(base, 'open');
  await writePictureRun(open);
  await writeTextRun(open);
  await writeWorld(join(open, 'world'), { nScenes: 20, seed: 3 });
  const head = join(open, 'heads/one');
  await writeHeadFolder(head, initHead(128, 15, 1), {
    config: { learning_rate: 1, weight_decay: 0, imgs: { root: join(open, 'world/ade20k') } },
  });
  const reads = {
    vitFamily: 'world',
    vitCkpt: worldCheckpoint,
    vitLayer: 'ln_final.hook_normalized',
  };
  await writeHeadNote(head, reads);
  const template = join(base, 'page.html');
  await writeFile(template, '<script type="module">1</script><!--saev-data-->');
  workbench = await openWorkbench([open]);
  app = await createApp(workbench, { template });
  upload = (await readFile(join(open, 'photo.jpg'))).toString('base64');
});
afterAll(async () => {
  await workbench?.close();
  await rm(base, { recursive: true });
});

const post = (action: string, body: unknown) =>
  app.request(`/act/${action}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });

async function answerTo(body: unknown): Promise<EditAnswer> {
  const response = await post('edit', body);
  const value = await response.json();
  expect([response.status, value]).toEqual([200, value]);
  return value as EditAnswer;
}

const lastLine = async (body: unknown): Promise<ActLine> => {
  const text = await (await post('propose', body)).text();
  return JSON.parse(text.trim().split('\n').at(-1)!);
};

describe('editing on the workbench', () => {
  it('says beforehand what can be edited and looked at', async () => {
    const read = async (id: string) =>
      (await (await app.request(`/data/edit/${id}.json`)).json()) as EditablePage;
    const page = await read(pictures);
    expect(page).toMatchObject({ kind: 'image', nLatents: ASKED_LATENTS, nExamples: 6 });
    expect(page.heads.map(({ id, kind }) => [id, kind])).toEqual([[HEAD, 'segmentation']]);
    expect(page.heads[0]!.classes).toContain('sky');
    expect(page.classes).toContain('sky');
    expect(JSON.stringify(page)).not.toContain(base);
    expect(await read(texts)).toMatchObject({ kind: 'text', heads: [] });
    const largest = await app.request(`/data/edit/${pictures}/largest.json`);
    expect(await largest.json()).toEqual({});
  });

  it('edits a picture that was sent, and gives the command that does it again', async () => {
    const answer = await answerTo({
      model: pictures,
      example: { image: { upload, name: 'my photo.jpg' } },
      changes: [{ latent: 3, value: 40 }],
      where: [0, 9],
    });
    expect(answer).toMatchObject({ nEdited: 2, nTokens: 64, reasons: [] });
    expect(answer.sections.map(({ kind }) => kind)).toEqual(['segmentation', 'change']);
    expect(answer.repeat).toMatch(
      /^saev steer \S*open\/runs\/pictures 'my photo\.jpg' --set 3=40 --where 0 9 --heads \S*open\/heads\/one$/,
    );
    expect(answer.repeat).not.toContain(process.cwd());
    const none = await answerTo({ model: pictures, example: { image: { upload } }, heads: [] });
    expect(none.sections.map(({ kind }) => kind)).toEqual(['change']);
  });

  it('reads a head again when it was trained again', async () => {
    const body = { model: pictures, example: { image: { upload } } };
    const seen = async () => {
      const { sections } = await answerTo(body);
      return sections.find(({ kind }) => kind === 'segmentation');
    };
    const before = await seen();
    const config = { learning_rate: 1, weight_decay: 0 };
    await writeHeadFolder(join(base, 'open/heads/one'), initHead(128, 15, 9), { config });
    expect(await seen()).not.toEqual(before);
  });

  it('edits a text', async () => {
    const body = {
      model: texts,
      example: { text: 'the thin man' },
      changes: [{ latent: 1, value: 9 }],
    };
    const answer = await answerTo({ ...body, newTokens: 3 });
    expect(answer.sections.map(({ kind }) => kind)).toEqual([
      'next-tokens',
      'loss',
      'continuation',
      'change',
    ]);
    expect(answer.seen).toMatchObject({ kind: 'text' });
    expect(answer.repeat).toMatch(/ 'the thin man' --set 1=9 --new-tokens 3$/);
  });

  it('proposes latents for classes, the same from the same seed, and random ones beside', async () => {
    const wish = { model: pictures, classes: [7, 12], k: 2, random: 4, seed: 1 };
    const line = await lastLine(wish);
    const { classes, random } = (line as { result: ProposalAnswer }).result;
    expect(classes.map(({ name }) => name)).toEqual(['sky', 'sea']);
    for (const { latents } of classes)
      expect(latents[0]!.f1).toBeGreaterThanOrEqual(latents.at(-1)!.f1!);
    const proposed = classes.flatMap(({ latents }) => latents.map(({ latent }) => latent));
    expect(random).toHaveLength(4);
    for (const { latent, largest } of random) {
      expect(largest).toBeGreaterThan(0);
      expect(proposed).not.toContain(latent);
    }
    expect(await lastLine(wish)).toEqual(line);
    // A class has the same latents whichever others are asked for, and whatever the seed.
    const alone = (await lastLine({ ...wish, classes: [12], seed: 5 })) as {
      result: ProposalAnswer;
    };
    expect(alone.result.classes).toEqual([classes[1]]);
    expect(await lastLine({ ...wish, model: texts })).toHaveProperty('error');
    expect(await lastLine({ model: texts, classes: [] })).toEqual({
      error: expect.stringMatching(/no visuals say/),
    });
    expect(await lastLine({ ...wish, classes: [999] })).toEqual({
      error: expect.stringMatching(/unknown class 999/),
    });
  });

  const example = { text: 'a' };
  const changesOf = (n: number) => Array.from({ length: n }, (_, latent) => ({ latent, value: 1 }));
  it.each([
    [{}, 'model'],
    [{ model: texts, example, changes: [{ latent: 0.5, value: 1 }] }, 'changes.0.latent'],
    [{ model: texts, example, changes: [{ latent: 1, value: null }] }, 'changes.0.value'],
    [{ model: texts, example, changes: changesOf(65) }, 'unknown latent 48'],
    [{ model: texts, example, changes: changesOf(201) }, '201 latents, 200 are taken; send less'],
    [{ model: texts, example, changes: [{ latent: 1e9, value: 1 }] }, 'unknown latent'],
    [
      { model: texts, example, changes: [{ latent: 1, value: 1e300 }] },
      'invalid value of latent 1',
    ],
    [{ model: texts, example, where: [-1] }, 'where'],
    [{ model: texts, example, where: [4000] }, 'unknown position 4000'],
    [{ model: texts, example, newTokens: 1e9 }, 'newTokens'],
    [{ model: texts, example, temperature: -1 }, 'temperature'],
    [{ model: texts, example, prompts: ['a'.repeat(401)] }, 'prompts'],
    [{ model: texts, example, heads: ['../../etc'] }, 'unknown head'],
    [{ model: texts, example: { image: { upload: 'AAAA' } } }, 'reads texts'],
    [{ model: '../..', example }, 'unknown entry of models'],
    [{ model: texts, example, more: 1 }, 'more'],
  ])('refuses edit %# with a sentence', async (body, sentence) => {
    const response = await post('edit', body);
    expect([400, 404]).toContain(response.status);
    const { error } = (await response.json()) as { error: string };
    expect(error).toContain(sentence);
    expect(error).not.toContain(base);
  });
});
