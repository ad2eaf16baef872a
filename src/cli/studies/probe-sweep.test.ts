import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeTree } from '../../../test/helpers/folders.ts';
import { ClassifyTrainConfig } from '../../studies/classification/config.ts';
import { withSweep } from './probe-sweep.ts';

it('takes lists of rates from a file, and refuses those of what heads share', async () => {
  const folder = await makeTree({
    'good.toml': 'learning_rate = [1e-3, 1e-2]\nweight_decay = 0.1\nn_epochs = [5]\n',
    'bad.toml': 'learning_rate = [1e-3]\nbatch_size = [64, 128]\n',
    'strange.toml': 'learning_rates = [1e-3]\n',
  });
  const job = { config: ClassifyTrainConfig.parse({ seed: 7 }), input: { seed: 7 } };
  const sweep = (name: string) => withSweep(ClassifyTrainConfig, job, join(folder, name));
  expect(await sweep('good.toml')).toMatchObject({
    learningRate: [1e-3, 1e-2],
    weightDecay: [0.1],
    nEpochs: 5,
    seed: 7,
  });
  await expect(sweep('bad.toml')).rejects.toThrow('gives batch_size 2 values');
  await expect(sweep('strange.toml')).rejects.toThrow("'learning_rates'");
  expect(await withSweep(ClassifyTrainConfig, job, undefined)).toBe(job.config);
});
