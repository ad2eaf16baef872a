import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../../../test/helpers/saev.ts';
import { TrainConfig } from '../config/train-config.ts';
import { nameShards } from '../runs/name-shards.ts';
import { rowsOfRun } from '../runs/rows-of-run.ts';
import { train } from '../train.ts';
import { finishedGroup } from './finished.ts';

it('finds finished runs whose settings leave something open, without reading their rows', async () => {
  const runRoot = await mkdtemp(join(tmpdir(), 'saev-finished-'));
  try {
    const shardRoot = join(root, 'fixtures/activations/python-shards');
    const config = TrainConfig.parse({
      data: { shardRoot, layer: 7 },
      sae: { expFactor: 2 },
      nPatches: 160,
      resume: true,
      runRoot,
      threads: 1,
    });
    const named = await nameShards([config]);
    const rows = await rowsOfRun(named[0]!.data);
    expect(await finishedGroup(named, rows)).toBeUndefined();
    const [run] = await train([config]);
    expect(run!.config.lr).toBeGreaterThan(0);
    const [found] = (await finishedGroup(named, rows)) ?? [];
    expect(found).toMatchObject({ id: run!.id, config: run!.config });
    const other = named.map((each) => ({ ...each, nPatches: 320 }));
    expect(await finishedGroup(other, rows)).toBeUndefined();
  } finally {
    await rm(runRoot, { recursive: true });
  }
});
