// Runs that can be asked: an untrained coder of recorded pictures, and one of recorded texts, with what they are of.
import { cp, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ActivationsConfig } from '../../src/activations/config.ts';
import { record } from '../../src/activations/job.ts';
import { makeFolder } from '../../src/base/folders.ts';
import { Random } from '../../src/base/random.ts';
import { writeCheckpoint } from '../../src/sae/checkpoints/registry.ts';
import type { CoderConfig } from '../../src/sae/coder.ts';
import type { RunRecord } from '../../src/training/runs/run-directory.ts';
import { root } from './saev.ts';
import { drawPhotos, worldCheckpoint } from './small-run.ts';
import { textRecording, writeTexts } from './text-activations.ts';

/** Latents of either. */
export const ASKED_LATENTS = 48;

/** Draw `n` photos below `folder`, record them, and make a run on their patches: `folder/runs/pictures`. */
export async function writePictureRun(folder: string, n = 6): Promise<string> {
  await drawPhotos(folder, n);
  const { folder: shardRoot } = await record(
    ActivationsConfig.parse({
      data: { type: 'image-folder', root: join(folder, 'photos') },
      dumpTo: join(folder, 'shards'),
      nPatchesPerShard: 256,
      vitFamily: 'world',
      vitCkpt: worldCheckpoint,
      threads: 1,
    }),
  );
  return writeRun(join(folder, 'runs/pictures'), { shardRoot, layer: -2 }, 128, {
    normalization: { mean: new Float32Array(128).fill(0.25), scale: 2 },
  });
}

/** Write a tiny CLIP with its text tower and tokenizer to `folder`, as published repositories have it. */
export async function writeClipFolder(folder: string): Promise<string> {
  const fixtures = join(root, 'fixtures');
  await cp(join(fixtures, 'backbones/texts/openai'), folder, { recursive: true });
  await cp(join(fixtures, 'texts/prompts/clip'), folder, { recursive: true });
  return folder;
}

/** Record the photos below `folder` by a tiny CLIP beside them, and make a run on their patches: `folder/runs/clip`. */
export async function writeClipRun(folder: string): Promise<string> {
  const { folder: shardRoot } = await record(
    ActivationsConfig.parse({
      data: { type: 'image-folder', root: join(folder, 'photos') },
      dumpTo: join(folder, 'clip-shards'),
      nPatchesPerShard: 64,
      vitFamily: 'clip',
      vitCkpt: await writeClipFolder(join(folder, 'clip')),
      threads: 1,
    }),
  );
  return writeRun(join(folder, 'runs/clip'), { shardRoot, layer: 0 }, 16, {
    normalization: { mean: new Float32Array(16).fill(0.25), scale: 2 },
  });
}

/** Write texts below `folder`, record them, and make a run on their positions: `folder/runs/texts`. */
export async function writeTextRun(folder: string): Promise<string> {
  const layer = 'blocks.0.ln2.hook_normalized';
  const { folder: shardRoot } = await record(
    textRecording(await writeTexts(folder, 30), join(folder, 'text-shards'), {
      vitLayers: [layer],
      nPatchesPerShard: 256,
    }),
  );
  const data = { shardRoot, layer };
  return writeRun(join(folder, 'runs/texts'), data, 16, { place: { input: layer, output: layer } });
}

async function writeRun(
  run: string,
  data: object,
  d: number,
  about: Partial<CoderConfig>,
): Promise<string> {
  const random = new Random(d);
  const normal = (n: number, scale: number): Float32Array =>
    Float32Array.from({ length: n }, () => scale * random.normal());
  const config: CoderConfig = {
    ...{ dIn: d, dOut: d, dSae: ASKED_LATENTS, activation: { kind: 'relu' } },
    subtractDecoderBias: true,
    metadata: {},
    ...about,
  };
  const weights = {
    wEnc: normal(ASKED_LATENTS * d, d ** -0.5),
    bEnc: normal(ASKED_LATENTS, 0.2).map((b) => b - 0.5),
    wDec: normal(ASKED_LATENTS * d, d ** -0.5),
    bDec: normal(d, 0.1),
  };
  await makeFolder(run);
  await writeCheckpoint({ config, weights }, join(run, 'checkpoint'));
  const runRecord: RunRecord = {
    ...{ id: basename(run), status: 'finished', started: '2026-01-01T00:00:00.000Z' },
    ...{ configHash: '000000000000', version: '0.0.0', kernels: 'cpu' },
  };
  await writeFile(join(run, 'run.json'), JSON.stringify(runRecord));
  await writeFile(join(run, 'config.json'), JSON.stringify({ data }));
  return run;
}
