// Prompts beside an edited image, by a tiny CLIP: the section of an answer, and everything that prompts can get wrong.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeClipRun } from '../../../../test/helpers/asked-runs.ts';
import { drawPhotos } from '../../../../test/helpers/small-run.ts';
import type { ZeroShotSection } from '../../../pages/edit.ts';
import { type Askable, openAskable } from '../../asking/askable.ts';
import { edit } from '../edit.ts';
import type { EditOptionsInput } from '../options.ts';
import { repeatCommand } from '../repeat.ts';

let base: string;
let askable: Askable;
let image: string;

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'saev-prompts-'));
  await drawPhotos(base, 3);
  askable = await openAskable(await writeClipRun(base), { threads: 1 });
  const photos = await readdir(join(base, 'photos'), { recursive: true });
  image = join(base, 'photos', photos.find((name) => name.endsWith('.png'))!);
});
afterAll(async () => {
  await askable?.close();
  await rm(base, { recursive: true });
});

const CHANGES = [{ latent: 3, value: 30 }];
const PROMPTS = ['a photo of a cat', 'two birds', 'snow'];

async function seen(options: EditOptionsInput) {
  const { sections, reasons } = await edit(askable, { image }, options);
  const section = sections.find(({ kind }) => kind === 'zero-shot') as ZeroShotSection | undefined;
  return { section, reasons };
}

describe('prompts', () => {
  it('have probabilities before and after, largest first', async () => {
    const { section, reasons } = await seen({ changes: CHANGES, prompts: PROMPTS });
    expect(reasons).toEqual([]);
    const { prompts, isShared } = section!;
    expect(isShared).toBe(true);
    expect(prompts.map(({ name }) => name).sort()).toEqual([...PROMPTS].sort());
    for (const when of ['before', 'after'] as const) {
      expect(prompts.reduce((sum, each) => sum + each[when], 0)).toBeCloseTo(1, 10);
      // Twenty times the cosines are the logits of this model.
      const powers = prompts.map(({ cosine }) => Math.exp(20 * cosine[when]));
      const total = powers.reduce((sum, x) => sum + x, 0);
      for (const [i, each] of prompts.entries())
        expect(each[when]).toBeCloseTo(powers[i]! / total, 3);
    }
    const larger = prompts.map(({ before, after }) => Math.max(before, after));
    expect(larger).toEqual([...larger].sort((a, b) => b - a));
    expect(prompts.some(({ before, after }) => before !== after)).toBe(true);
  });

  it('are what they were where nothing changes, bit for bit, also with templates', async () => {
    for (const templates of [[], ['a photo of a {}', '{} {}']]) {
      const { section } = await seen({ prompts: PROMPTS, templates });
      for (const { before, after, cosine } of section!.prompts)
        expect([after, cosine.after]).toEqual([before, cosine.before]);
    }
  });

  it('stand in templates, of which the mean is taken', async () => {
    const cosines = async (options: EditOptionsInput) => {
      const { section } = await seen(options);
      return new Map(section!.prompts.map(({ name, cosine }) => [name, cosine.before]));
    };
    const plain = await cosines({ prompts: ['a photo of a cat', 'a photo of a dog'] });
    const templated = await cosines({ prompts: ['cat', 'dog'], templates: ['a photo of a {}'] });
    expect(templated.get('cat')).toBeCloseTo(plain.get('a photo of a cat')!, 6);
    const several = await cosines({
      prompts: ['cat', 'dog'],
      templates: ['a photo of a {}', '{}'],
    });
    expect(several.get('cat')).not.toBeCloseTo(plain.get('a photo of a cat')!, 4);
  });

  it('that are odd are read as CLIP reads them, and what is not read is said', async () => {
    const odd = [
      '🐱 <b>&amp;</b>',
      'nul\0',
      '\u202e',
      'word '.repeat(80),
      "'; rm -rf / #",
      '$(x) `y`',
    ];
    const { section, reasons } = await seen({ prompts: odd });
    expect(section!.prompts).toHaveLength(odd.length);
    expect(section!.prompts.every(({ before }) => Number.isFinite(before))).toBe(true);
    expect(reasons).toEqual([
      expect.stringMatching(/^The end of the prompt 'word word .*…' is not read: .* 16 tokens\.$/),
    ]);
  });

  it('are asked once each, and one alone tells nothing', async () => {
    const { section, reasons } = await seen({ prompts: ['snow', 'snow'] });
    expect(section!.prompts).toHaveLength(1);
    expect(reasons.join()).toContain('type a second one');
  });

  it.each([
    [{ prompts: ['a'.repeat(401)] }, 'a prompt has at most 400 characters'],
    [{ prompts: [' \n '] }, 'a prompt has something in it'],
    [{ prompts: Array.from({ length: 33 }, (_, i) => `${i}`) }, 'at most 32 prompts are compared'],
    [{ prompts: ['x'], templates: ['a photo'] }, 'a template has {} where the prompt goes'],
  ])('refuses %#', async (options, sentence) => {
    await expect(seen(options)).rejects.toThrow(sentence);
  });

  it('are in the command that repeats an edit, quoted', () => {
    const command = repeatCommand({
      ...{ run: 'runs/x', example: { image: 'a.png' }, changes: [] },
      prompts: ["it's\0 $HOME", '--set'],
      templates: ['a {}'],
    });
    expect(command).toBe(
      "saev steer runs/x a.png --prompts='it'\\''s $HOME' --prompts=--set --templates='a {}'",
    );
  });
});
