// Names of classes, the table of features, and the command that shows them.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { classNumber } from '../class-names.ts';
import { ProposeConfig } from './config.ts';
import { featuresText, readFeatures } from './features-file.ts';
import { visualsCommand } from './visuals-command.ts';

const NAMES = ['unlabelled', 'wall', 'building, edifice', 'sky'];

it('finds classes by number and by any of their names', () => {
  expect(
    ['wall', 'Edifice', 'building, edifice', '3', 3].map((each) => classNumber(each, NAMES)),
  ).toEqual([1, 2, 2, 3, 3]);
  expect(() => classNumber('skyy', NAMES)).toThrow("unknown class: 'skyy'");
  expect(() => classNumber(4, NAMES)).toThrow('unknown class 4: there are 1 to 3');
  expect(() => classNumber('0', NAMES)).toThrow('unknown class 0');
});

it('reads back the table that it writes, and says what is wrong with another', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'saev-features-'));
  try {
    const path = join(folder, 'features.csv');
    const score = { threshold: 0, tp: 1, fp: 2, fn: 3, precision: 1 / 3, recall: 0.25, f1: 2 / 7 };
    const features = [7, 2].map((latent) => ({ latent, ...score }));
    const text = featuresText([{ class: 2, name: 'building, edifice', patches: 4, features }]);
    expect(text.split('\n')[0]).toBe('class,latent,tp,fp,fn,precision,recall,f1,threshold,name');
    await writeFile(path, text);
    expect([...(await readFeatures(path, 8))]).toEqual([[2, [7, 2]]]);
    await expect(readFeatures(path, 7)).rejects.toThrow('unknown latent 7');
    await writeFile(path, 'class,latent\n2,many\n');
    await expect(readFeatures(path, 8)).rejects.toThrow('line 2');
  } finally {
    await rm(folder, { recursive: true });
  }
});

it('writes the command with flags for switches and files, quoted where a shell needs it', () => {
  const config = ProposeConfig.parse({
    saeCkpt: 'my runs/a',
    acts: { shardRoot: 'shards', layer: 3, scaleMean: 'mean.pt', scaleNorm: false },
    imgs: { root: 'ade20k' },
  });
  expect(visualsCommand(config, [5, 1])).toBe(
    "saev visuals --ckpt 'my runs/a' --include-latents 5 1 --data.shard-root shards --data.layer 3 --data.scale-mean mean.pt --data.no-scale-norm --images.type ade20k --images.root ade20k --images.split training --dump-to ./data",
  );
});
