// Questions at the command line, as a person asks them.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ASKED_LATENTS, writePictureRun, writeTextRun } from '../../../test/helpers/asked-runs.ts';
import { decodeImage } from '../../data/images/decode.ts';
import { tintedText } from './answer-lines.ts';
import { command } from './ask.ts';

let base: string;
let pictures: string;
let texts: string;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'saev-ask-command-'));
  pictures = await writePictureRun(base, 3);
  texts = await writeTextRun(base);
});
afterAll(() => rm(base, { recursive: true }));

const path = (name: string): string => join(base, name);

async function run(...args: string[]): Promise<string> {
  const printed: string[] = [];
  await command.run([...args, '--threads', '1', '--quiet'], {
    signal: new AbortController().signal,
    environment: {},
    print: (line) => printed.push(line),
    whenInterrupted: () => undefined,
  });
  return printed.join('\n');
}

describe('saev ask', () => {
  it('lists the strongest latents of an image, and draws them', async () => {
    const out = path('answers');
    const said = await run(
      pictures,
      path('photo.jpg'),
      '--top',
      '3',
      '--latents',
      '1',
      '--out',
      out,
    );
    expect(said).toMatch(
      /: .*photo\.jpg\n64 patches, [\d.]+ latents fire on one, \d+ of 48 on any/,
    );
    expect(said).toMatch(/^ *\d+ +[\d.]+ +[\d.]+ +\d+% {2}row \d, column \d$/m);
    const folder = join(out, 'photo.jpg/pictures');
    const files = (await readdir(folder)).sort();
    expect(files.slice(-2)).toEqual(['answer.json', 'image.png']);
    expect(files[0]).toMatch(/^01-\d+\.png$/);
    const [plain, heat] = [
      await decodeImage(join(folder, 'image.png')),
      await decodeImage(join(folder, files[0]!)),
    ];
    expect([heat.width, heat.height]).toEqual([448, 448]);
    expect(heat.data).not.toEqual(plain.data);
    await expect(run(pictures, path('photo.jpg'), '--out', out)).rejects.toThrow(
      'is there already',
    );
  });

  it('answers of several runs and texts in JSON', async () => {
    await writeFile(path('note.txt'), 'a cat\n');
    const json = await run(texts, 'the thin man', path('note.txt'), '--json', '--top', '2');
    const { answers } = JSON.parse(json);
    expect(answers.map(({ example }: { example: string }) => example)).toEqual([
      'the thin man',
      path('note.txt'),
    ]);
    expect(answers[0]).toMatchObject({ model: texts, dSae: ASKED_LATENTS, nTokens: 10 });
    expect(answers[0].strongest).toHaveLength(2);
    expect(answers[1].seen.tokens.slice(1).join('')).toBe('a cat');
  });

  it('highlights texts on a page that no token can break', async () => {
    const out = path('text-answers');
    await run(texts, '--text', 'a; b', '--out', out);
    const html = await readFile(join(out, 'a-b/texts/text.html'), 'utf8');
    expect(html).toMatch(/<h2>Latent \d+/);
    expect(html).not.toContain('<|');
    expect(html).toContain('rgb(var(--heat) /');
  });

  it.each([
    [() => ['nothing/here', 'photo.jpg'], "missing run: 'nothing/here'"],
    [() => [path('photo.jpg')], 'is no run and no checkpoint'],
    [() => [pictures], 'missing example'],
    [() => [pictures, path('photos')], 'is a folder: neither a run nor an image'],
    [() => [path('runs'), path('photo.jpg')], 'none of them clearly the newest'],
    [() => [pictures, 'none.png'], "missing file: 'none.png'"],
    [() => [pictures, 'a circle'], 'reads images, not a text'],
    [() => [texts, path('photo.jpg')], 'reads texts, not an image'],
    [() => [texts, '--text', ' '], 'empty text'],
    [() => [texts, 'a cat', '--latents', '48'], 'unknown latent 48'],
    [() => [texts, 'a cat '.repeat(9)], 'text too long: 55 tokens'],
  ])('refuses what cannot be asked, %#', async (args, sentence) => {
    await expect(run(...args())).rejects.toThrow(sentence);
  });

  it('tints tokens where a latent fires, and keeps their control characters away', () => {
    const seen = {
      kind: 'text' as const,
      tokens: ['<s>', 'a', '\u001b[2J'],
      special: [true, false, false],
    };
    const latent = { latent: 0, max: 2, sum: 3, at: 1, positions: [1, 2], values: [2, 1] };
    const text = tintedText(seen, latent);
    expect(text).toBe(
      '\u001b[48;2;240;120;30;38;2;20;20;20ma\u001b[0m\u001b[48;2;248;178;122;38;2;20;20;20m\uFFFD[2J\u001b[0m',
    );
  });
});
