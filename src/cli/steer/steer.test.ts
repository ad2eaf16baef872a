// saev steer as a person uses it: pictures with heads, texts, sizes by what was seen, and what is wrong said plainly.
import { execFileSync } from 'node:child_process';
import { copyFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  ASKED_LATENTS,
  writeClipRun,
  writePictureRun,
  writeTextRun,
} from '../../../test/helpers/asked-runs.ts';
import { worldCheckpoint } from '../../../test/helpers/small-run.ts';
import { writeWorld } from '../../data/worlds/images/write.ts';
import type { EditAnswer } from '../../pages/edit.ts';
import { openWorkbench } from '../../server/open-workbench.ts';
import { editRoute } from '../../server/routes/editing/edit.ts';
import { writeHeadFolder, writeHeadNote } from '../../studies/probes/head-files.ts';
import { initHead } from '../../studies/probes/linear-head.ts';
import { EditRequestSchema } from '../../studies/steering/request.ts';
import { command as steer } from '../steer.ts';
import type { SteeredExample } from './lines.ts';

let base: string;
let pictures: string;
let texts: string;
let photo: string;

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'saev-steer-'));
  pictures = await writePictureRun(base);
  texts = await writeTextRun(base);
  const folder = (await readdir(join(base, 'photos'), { recursive: true }))
    .filter((name) => /\.\w+$/.test(name))
    .sort();
  photo = join(base, 'photos', folder[0]!);
  const heads: [string, number, object][] = [
    ['maps', 15, { vitLayer: 'ln_final.hook_normalized', resize: 'model' }],
    [
      'classes',
      3,
      { layer: 'ln_final.hook_normalized', patches: 'cls', classes: ['cat', 'dog', 'bird'] },
    ],
  ];
  for (const [name, nClasses, note] of heads) {
    const place = join(base, 'heads', name);
    const config = { learning_rate: 0.1, weight_decay: 0.1 };
    await writeHeadFolder(place, initHead(128, nClasses, 1), { config });
    await writeHeadNote(place, { vitFamily: 'world', vitCkpt: worldCheckpoint, ...note });
  }
});

afterAll(() => rm(base, { recursive: true }));

async function run(...args: string[]): Promise<string> {
  const printed: string[] = [];
  await steer.run([...args, '--threads', '1', '--quiet'], {
    signal: new AbortController().signal,
    environment: {},
    print: (line) => printed.push(line),
    whenInterrupted: () => undefined,
  });
  return printed.join('\n');
}

const answerTo = async (...args: string[]): Promise<SteeredExample> =>
  JSON.parse(await run(...args, '--json'));

it('edits a picture, reads heads behind it, and writes what they see', async () => {
  const out = join(base, 'out');
  const set = ['--set', '3=40', '7=-40'];
  const text = await run(pictures, photo, ...set, '--heads', join(base, 'heads'), '--out', out);
  expect(text).toMatch(/^latent 3 = 40, latent 7 = -40 on 64 of 64 patches/);
  expect(text).toMatch(/segmentation by .*maps: \d/);
  expect(text).toMatch(/cat +\d+\.\d% → +\d+\.\d%/);
  expect(text).toContain('CLS turned by');
  expect((await readdir(out)).sort()).toEqual([
    'after.png',
    'before.png',
    'edit.json',
    'image.png',
  ]);
  const told = JSON.parse(await readFile(join(out, 'edit.json'), 'utf8'));
  expect(told.repeat).toBe(
    `saev steer ${pictures} ${photo} --set 3=40 7=-40 --heads ${join(base, 'heads')}`,
  );
  expect(told.sections.map(({ kind }: { kind: string }) => kind)).toEqual([
    'segmentation',
    'classes',
    'change',
  ]);
  // The command that repeats it gives the same.
  const again = await answerTo(...told.repeat.split(' ').slice(2));
  expect(again.sections).toEqual(told.sections);
});

it('puts the codes after the edit through a head on codes of the same run', async () => {
  const place = join(base, 'code-heads/one');
  const config = { learning_rate: 0.1, weight_decay: 0.1 };
  await writeHeadFolder(place, initHead(ASKED_LATENTS, 3, 2), { config });
  const reads = { layer: -2, patches: 'meanpool', classes: ['cat', 'dog', 'bird'] };
  const model = { vitFamily: 'world', vitCkpt: worldCheckpoint };
  await writeHeadNote(place, { ...model, ...reads, sae: join(pictures, 'checkpoint') });
  const { sections, reasons } = await answerTo(pictures, photo, '--set', '3=40', '--heads', place);
  expect(reasons).toEqual([]);
  const [section] = sections;
  if (section?.kind !== 'classes') throw new Error('no classes');
  expect(section.classes.some(({ before, after }) => Math.abs(after - before) > 0.01)).toBe(true);
  await writeHeadNote(place, { ...model, ...reads, sae: 'runs/other' });
  expect(await run(pictures, photo, '--heads', place)).toContain("it reads codes of 'runs/other'");
});

it('edits a text, before and after, from a seed', async () => {
  const words = ['--new-tokens', '5', '--seed', '4', '--temperature', '1'];
  const found = await answerTo(texts, 'abc', '--set', '5=30', '--where', '1', ...words);
  expect(found.sections.map(({ kind }) => kind)).toEqual([
    'next-tokens',
    'loss',
    'continuation',
    'change',
  ]);
  expect(found.nEdited).toBe(1);
  expect(found.repeat).toBe(
    `saev steer ${texts} abc --set 5=30 --where 1 --new-tokens 5 --seed 4 --temperature 1`,
  );
  expect(await run(texts, 'abc', '--set', '5=30')).toMatch(
    /loss of the text: \d.* → \d.* nats a token/,
  );
  expect(await run(texts, 'abc')).toContain('nothing is changed');
});

it('takes examples behind the list of changes, and several of them', async () => {
  const found: unknown = JSON.parse(
    await run(texts, '--set', '5=30', 'abc', '7=x0', 'ab', '--json').catch((error) =>
      JSON.stringify(error.message),
    ),
  );
  expect(found).toContain('no visuals say the largest value of latent 7');
  const both = JSON.parse(await run(texts, '--set', '5=30', 'abc', 'ab', '--json'));
  expect(both.map(({ example }: SteeredExample) => example)).toEqual(['abc', 'ab']);
});

it('does an edit of the workbench again, pasted into a shell', async () => {
  // A tree of maps knows what the first photo shows, though the run was trained on another folder.
  const { ade20k } = await writeWorld(join(base, 'world'), { nScenes: 10, seed: 3 });
  const map = join(ade20k, 'annotations/training');
  await copyFile(photo, join(ade20k, 'images/training', basename(photo)));
  await copyFile(join(map, '000000.png'), join(map, `${basename(photo, '.png')}.png`));
  const workbench = await openWorkbench([base]);
  const ask = async (model: string, about: object): Promise<EditAnswer> => {
    const id = `${basename(base)}~runs~${model}`;
    const { signal } = workbench;
    const asked = { model: id, changes: [{ latent: 3, value: 12.5 }], ...about };
    return (await editRoute.act(EditRequestSchema.parse(asked), {
      ...{ workbench, signal, progress: () => undefined },
      visitor: { address: '', name: '' },
    })) as EditAnswer;
  };
  const features = `${basename(base)}~runs~pictures`;
  const answers = [
    await ask('pictures', { example: { image: { features, example: 0 } } }),
    await ask('pictures', { example: { image: { features, example: 2 } }, where: [0, 9] }),
    await ask('texts', { example: { text: "--it's" }, newTokens: 2 }),
  ];
  await workbench.close();
  expect(answers[0]!.sections[0]).toHaveProperty('truth');
  expect(answers[0]!.repeat).toContain(`--numbers 0 --set 3=12.5 --heads`);
  for (const { repeat, sections, nEdited } of answers) {
    const words = execFileSync('bash', ['-c', `printf '%s\\0' ${repeat}`], { encoding: 'utf8' });
    const again = await answerTo(...words.split('\0').slice(2, -1));
    const withoutHeads = (all: EditAnswer['sections']) =>
      all.map((each) => ({ ...each, ...('head' in each && { head: '' }) }));
    expect(withoutHeads(again.sections)).toEqual(withoutHeads(sections));
    expect(again.nEdited).toBe(nEdited);
  }
});

it('compares a picture with prompts, and says why another model cannot', async () => {
  const clip = await writeClipRun(base);
  const prompts = ['--prompts', 'a photo of a cat', 'snow', '--prompts=--two birds'];
  const told = await run(clip, photo, '--set', '3=9', ...prompts, '--templates', 'a {}');
  expect(told).toMatch(/^prompts:$/m);
  expect(told).toMatch(/^ {2}--two birds +\d+\.\d% → +\d+\.\d%$/m);
  const found = await answerTo(clip, photo, '--set', '3=9', ...prompts, '--templates', 'a {}');
  const { prompts: seen } = found.sections.find((each) => each.kind === 'zero-shot')!;
  expect(seen.map(({ name }) => name).sort()).toEqual(['--two birds', 'a photo of a cat', 'snow']);
  expect(seen.reduce((sum, { after }) => sum + after, 0)).toBeCloseTo(1, 10);
  const again = await answerTo(...wordsOf(found.repeat));
  expect(again.sections).toEqual(found.sections);
  expect(await run(pictures, photo, '--prompts', 'snow')).toContain('reads images alone');
});

/** The words of a command as a shell would take them, without those that name the program. */
function wordsOf(command: string): string[] {
  const words = command.match(/(?:'[^']*'|[^\s'])+/g)!;
  return words.slice(2).map((word) => word.replaceAll("'", ''));
}

it('says what is wrong', async () => {
  const cases: [string[], string][] = [
    [[pictures], 'missing example'],
    [[pictures, join(base, 'no.png')], 'there is no such file'],
    [[pictures, base], 'not a file'],
    [[join(base, 'nothing'), photo], 'nothing'],
    [[pictures, photo, '--set', `${ASKED_LATENTS}=1`], `unknown latent ${ASKED_LATENTS}`],
    [[pictures, photo, '--set', '1=much'], "invalid change: '1=much'"],
    [[pictures, photo, '--set', '1=1', '1=2'], 'changed twice'],
    [[pictures, photo, '--where', '64'], 'unknown patch 64'],
    [[pictures, '--numbers', '99'], 'unknown image 99'],
    [[texts, '--numbers', '0'], 'none of them has a number'],
    [[pictures, photo, '--heads', join(base, 'photos')], 'no head in'],
    [[pictures, photo, '--heads', join(base, 'gone')], 'missing head'],
    [[texts, ' '], 'empty text'],
    [[texts, 'abc', '--temperature', '-1'], 'temperature'],
  ];
  for (const [args, message] of cases)
    await expect(run(...args), args.join(' ')).rejects.toThrow(message);
});
