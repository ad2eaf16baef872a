import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { writeWorldPage } from '../../../test/helpers/page-images.ts';
import { readIndexOf } from '../../../test/helpers/page-index.ts';

let folder: string;
let template: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saev-page-'));
  template = join(folder, 'template.html');
  await writeFile(template, '<body><!--saev-data--></body>');
});
afterEach(() => rm(folder, { recursive: true }));

const small = { nLatents: 40, nImages: 8 };

async function island(id: string): Promise<unknown> {
  const html = await readFile(join(folder, 'index.html'), 'utf8');
  const match = new RegExp(`<script type="application/json" id="${id}">(.*?)</script>`, 's');
  return JSON.parse(match.exec(html)![1]!);
}

describe('writing the page', () => {
  test('features come by frequency, chunk after chunk, each image once', async () => {
    const summary = await writeWorldPage(folder, { ...small, template });
    expect(summary.isSingleFile).toBe(true);
    const index = await readIndexOf(join(folder, 'index.html'));
    const { logFrequency, latent } = index.features;
    expect(latent).toHaveLength(summary.features);
    expect([...logFrequency].sort((a, b) => b! - a!)).toEqual(logFrequency);
    const shown = new Set<number>();
    let described = 0;
    for (let n = 0; n < Math.ceil(latent.length / index.chunkSize); n++) {
      const chunk = (await island(`saev-chunk-${n}`)) as {
        features: { examples: { example: number }[]; maps: string }[];
      };
      described += chunk.features.length;
      for (const { examples, maps } of chunk.features) {
        expect(Buffer.from(maps, 'base64')).toHaveLength(examples.length * 64);
        for (const { example } of examples) shown.add(example);
      }
    }
    expect(described).toBe(latent.length);
    const images = (await island('saev-images')) as Record<string, string>;
    expect(Object.keys(images).map(Number)).toEqual([...shown].sort((a, b) => a - b));
    expect(summary.examples).toBe(shown.size);
  });

  test('what is too large for the page goes beside it', async () => {
    const summary = await writeWorldPage(folder, { ...small, template, inlineLimit: 3000 });
    expect(summary.isSingleFile).toBe(false);
    const chunk = await readFile(join(folder, 'data', 'features-0.js'), 'utf8');
    expect(chunk).toMatch(/^saevChunk\(0,\{.*\}\)$/s);
    const files = await readdir(join(folder, 'images', '0'));
    expect(files).toHaveLength(summary.examples);
    expect(await readdir(folder)).not.toContainEqual(expect.stringMatching(/^\.page-/));
  });

  test('a page of before stays whole when a new one cannot be made', async () => {
    await writeWorldPage(folder, { ...small, template, inlineLimit: 3000 });
    const before = await readFile(join(folder, 'index.html'), 'utf8');
    const files = await readdir(join(folder, 'images', '0'));
    let left = 3;
    const failing = writeWorldPage(folder, {
      ...small,
      template,
      inlineLimit: 0,
      picture: async () => {
        if (left-- === 0) throw new Error('disk gone');
        return new Uint8Array(9);
      },
    });
    await expect(failing).rejects.toThrow('disk gone');
    expect(await readFile(join(folder, 'index.html'), 'utf8')).toBe(before);
    expect(await readdir(join(folder, 'images', '0'))).toEqual(files);
    expect(await readdir(folder)).not.toContainEqual(expect.stringMatching(/^\.page-/));
  });

  test('a page that shrank leaves no files of before', async () => {
    await writeWorldPage(folder, { ...small, template, inlineLimit: 3000 });
    await writeWorldPage(folder, { ...small, template });
    expect((await readdir(folder)).sort()).toEqual([
      'features.safetensors',
      'index.html',
      'template.html',
    ]);
  });

  test('text cannot end the element that holds the data', async () => {
    const title = '</script><script>alert(1)</script>$&';
    await writeWorldPage(folder, { ...small, template, title });
    const html = await readFile(join(folder, 'index.html'), 'utf8');
    expect(html).not.toContain('alert(1)</script>');
    expect((await readIndexOf(join(folder, 'index.html'))).title).toBe(title);
  });

  test('an autoencoder of which nothing is shown still has a page', async () => {
    const summary = await writeWorldPage(folder, { ...small, template, latents: [] });
    expect(summary).toMatchObject({ features: 0, examples: 0 });
    const index = await readIndexOf(join(folder, 'index.html'));
    expect(index.others.logFrequency.length).toBeGreaterThan(10);
  });

  test('a missing template is said to be built first', async () => {
    const missing = join(folder, 'nowhere.html');
    await expect(writeWorldPage(folder, { ...small, template: missing })).rejects.toThrow(
      `missing page template: '${missing}'`,
    );
  });
});
