// Time, memory and bytes on the disk of `saev visuals` over images, by default settings, and again from its cache.
//
//   npm run build && npx tsx bench/visuals.ts [--latents 24576] [--living 24576] [--l0 64] [--images 2400] [--patches 64]
//       [--width 128] [--pixels 400] [--flags '{"topK": 64}'] [--keep] [--tmp FOLDER] [--json]
//
// Shards, a coder and photos are made up: rows of an image have half of their variance in common, so that a latent that
// fires on one patch of an image fires on others, too. `--l0` latents fire on a row, all of the `--living` ones equally
// often. The job runs in a process of its own.
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { printTable, runJson, typescript } from './measure.ts';
import type { VisualsCase, VisualsMeasured } from './visuals-case.ts';
import { writeVisualsInputs } from './visuals-inputs.ts';

const { values: flags } = parseArgs({
  options: {
    latents: { type: 'string', default: '24576' },
    living: { type: 'string' },
    l0: { type: 'string', default: '64' },
    images: { type: 'string', default: '2400' },
    patches: { type: 'string', default: '64' },
    width: { type: 'string', default: '128' },
    pixels: { type: 'string', default: '400' },
    flags: { type: 'string', default: '{}' },
    keep: { type: 'boolean', default: false },
    tmp: { type: 'string', default: tmpdir() },
    json: { type: 'boolean', default: false },
  },
});

const root = await mkdtemp(join(flags.tmp, 'saev-visuals-'));
try {
  const inputs = await writeVisualsInputs(root, {
    dSae: Number(flags.latents),
    living: Number(flags.living ?? flags.latents),
    l0: Number(flags.l0),
    nImages: Number(flags.images),
    nPatches: Number(flags.patches),
    dModel: Number(flags.width),
    pixels: Number(flags.pixels),
  });
  const job: VisualsCase = { ...inputs, to: join(root, 'visuals'), flags: JSON.parse(flags.flags) };
  const measured = await runJson<VisualsMeasured>(
    typescript('./visuals-case.ts', JSON.stringify(job)),
  );
  const files = await bytesByKind(join(job.to, 'sort_by_patch'));
  if (flags.json)
    console.log(JSON.stringify({ flags, measured, files: Object.fromEntries(files) }));
  else report(measured, files);
  if (flags.keep) console.log(root);
} finally {
  if (!flags.keep) await rm(root, { recursive: true, force: true });
}

function report(measured: VisualsMeasured, files: ReadonlyMap<string, number>): void {
  const { seconds, cachedSeconds, cpuSeconds, peakBytes, features, living } = measured;
  console.log(
    `${flags.latents} latents, ${living} of them fire, ${flags.images} images of ${flags.patches} patches; ${features} features on the page`,
  );
  console.log(
    `${seconds.toFixed(1)} s (${cpuSeconds.toFixed(1)} s of CPU), again from its cache ${cachedSeconds.toFixed(1)} s; at most ${(peakBytes / 1e9).toFixed(2)} GB of memory`,
  );
  const rows = [...files].sort(([, a], [, b]) => b - a);
  const all = rows.reduce((sum, [, bytes]) => sum + bytes, 0);
  const cells = [...rows, ['all', all] as const].map(([name, bytes]) => [
    name,
    (bytes / 1e6).toFixed(1),
  ]);
  printTable(['', 'MB'], cells);
}

/** Bytes of the files of a folder; those of a folder inside it together. */
async function bytesByKind(folder: string): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const [first, ...rest] = path.slice(folder.length + 1).split('/') as [string, ...string[]];
    const name = rest.length > 0 ? `${first}/` : first;
    sizes.set(name, (sizes.get(name) ?? 0) + (await stat(path)).size);
  }
  return sizes;
}
