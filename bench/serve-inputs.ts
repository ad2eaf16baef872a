// Many runs for the bench of the workbench: copies of one run, each with a page of as many made-up features as are wanted.
import { cp, link, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PAGE_NAMES, PAGE_VERSION, type PageIndex } from '../src/pages/feature-page.ts';
import { packIndex } from '../src/pages/features/packed-index.ts';
import { island } from '../src/pages/page-files.ts';

/** Copy the run in `from` as `count` runs into `to`, each with a page of `features` features. Weights are linked, not copied. */
export async function writeManyRuns(
  from: string,
  to: string,
  { count, features }: { count: number; features: number },
): Promise<void> {
  const page = pageOf(features);
  const record = JSON.parse(await readFile(join(from, 'run.json'), 'utf8')) as object;
  for (let i = 0; i < count; i++) {
    const run = join(to, `run-${String(i).padStart(4, '0')}`);
    await mkdir(join(run, 'checkpoint'), { recursive: true });
    for (const name of await readdir(join(from, 'checkpoint')))
      await link(join(from, 'checkpoint', name), join(run, 'checkpoint', name)).catch(() =>
        cp(join(from, 'checkpoint', name), join(run, 'checkpoint', name)),
      );
    for (const name of await readdir(from))
      if (/\.(json|jsonl|safetensors)$/.test(name)) await cp(join(from, name), join(run, name));
    await writeFile(join(run, 'run.json'), JSON.stringify({ ...record, tag: `copy ${i}` }));
    const folder = join(run, 'visuals/sort_by_patch');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'index.html'), page);
    await writeFile(join(folder, 'features.safetensors'), '');
  }
}

/** A page with numbers that are made up. */
function pageOf(n: number): string {
  const column = (value: (i: number) => number): Float32Array =>
    Float32Array.from({ length: n }, (_, i) => value(i));
  const index = {
    version: PAGE_VERSION,
    modality: 'image',
    title: 'Made-up features',
    facts: [],
    dSae: n,
    nDead: 0,
    rankBy: 'max',
    token: { one: 'patch', many: 'patches' },
    features: {
      latent: Int32Array.from({ length: n }, (_, i) => i),
      logFrequency: column((i) => -5 * Math.abs(Math.sin(i))),
      logValue: column((i) => Math.cos(i)),
      max: column((i) => 1 + Math.abs(Math.sin(3 * i))),
      percentile: column((i) => Math.abs(Math.sin(2 * i))),
      label: Array.from({ length: n }, (_, i) => `label ${i % 150}`),
      labelShare: column((i) => Math.abs(Math.sin(5 * i))),
    },
    others: { logFrequency: new Float32Array(0), logValue: new Float32Array(0) },
    percentile: 99,
    histogramEdges: [-3, 0, 3],
    chunkSize: 32,
    images: { side: 8, folder: 'images', extension: 'jpg' },
  } as unknown as PageIndex;
  return `<!doctype html>\n${island(PAGE_NAMES.index, JSON.stringify(packIndex(index)))}`;
}
