// saev synth make: a synthetic world as a folder.
import { counted, number } from '../../base/text.ts';
import { SynthMakeConfig } from '../../studies/synth/config.ts';
import type { Command } from '../program/command.ts';
import { defineJob } from '../program/define-job.ts';

export const command: Command = defineJob({
  name: 'synth make',
  schema: SynthMakeConfig,
  notes: [
    'Example: saev synth make --to world --n-features 2048 --d-model 256',
    'Without settings it is the law of SynthSAEBench-16k, which takes about half a minute.',
  ],
  whenInterrupted: 'The same command begins again.',
  async run({ config: { to, overwrite, ...config } }) {
    const { openWorld } = await import('../../data/worlds/synthetic/open-world.ts');
    const { writeWorldFiles } = await import('../../data/worlds/synthetic/world-files.ts');
    const world = await openWorld(config);
    await writeWorldFiles(world, to, { overwrite });
    return { folder: to, law: world.law };
  },
  lines: ({ folder, law: { nFeatures, dModel } }) => [
    `${folder}: ${counted(nFeatures, 'feature')} in ${number(dModel)} dimensions; train on it with --data.synthetic.model ${folder}`,
  ],
});
