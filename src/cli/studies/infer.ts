// saev infer: encode a whole set and keep the codes.
import type { Values } from '../../base/config/layers.ts';
import { counted, number, percent, short } from '../../base/text.ts';
import { InferConfig } from '../../studies/inference/config.ts';
import type { Command } from '../program/command.ts';
import { defineJob } from '../program/define-job.ts';

export const command: Command = defineJob({
  name: 'infer',
  usage: 'RUN [flags]',
  schema: InferConfig,
  notes: [
    'Example: saev infer runs/20261121-184607-c7a437 --data.shard-root shards/4f0a…',
    'A run encodes the data it was trained on when no --data are given; other data are read at the same layer.',
  ],
  choose: {
    async run(names, { data }) {
      const { chooseCoder } = await import('../../training/runs/choose-coder.ts');
      const { readersOf } = await import('../../visuals/data-of-run.ts');
      return chooseCoder(names, await readersOf(data));
    },
  },
  async prepare({ config, input }) {
    const { dataForRun } = await import('../../studies/inference/rows-to-encode.ts');
    return { ...config, data: await dataForRun(config.run, input.data as Values | undefined) };
  },
  batch: (config) => config,
  whenInterrupted: 'The same command goes on from here.',
  async run(config, { signal }) {
    const { infer } = await import('../../studies/inference/infer.ts');
    return infer(config, { signal });
  },
  lines({ folder, rows, dSae, nonzeros, metrics, missing, isCached }) {
    const { n_tokens: n, normalized_mse: nmse } = metrics;
    return [
      `${folder}: ${number(rows)} rows of ${number(dSae)} latents${isCached ? ', written before' : ''}`,
      ...(nonzeros > 0
        ? [`${short(nonzeros / n)} codes in a row (${percent(nonzeros / n / dSae, 2)})`]
        : []),
      `normalised MSE ${short(nmse)}`,
      ...(missing.length > 0
        ? [`${counted(missing.length, 'example')} could not be read: their rows are empty`]
        : []),
    ];
  },
});
