// saev synth score: what coders have found of a synthetic world.
import { SynthScoreConfig } from '../../studies/synth/config.ts';
import type { Command } from '../program/command.ts';
import { defineJob } from '../program/define-job.ts';
import { scoreTable } from './score-table.ts';

export const command: Command = defineJob({
  name: 'synth score',
  usage: 'RUN … [flags]',
  schema: SynthScoreConfig,
  notes: [
    'Example: saev synth score runs --n-rows 500_000',
    '         saev synth score hf-hub:owner/name --world.model hf-hub:decoderesearch/synth-sae-bench-16k-v2',
  ],
  whenInterrupted: 'The same command begins again.',
  async run({ config }, { signal }) {
    const { scoreSynthetic } = await import('../../studies/synth/score.ts');
    const scored = await scoreSynthetic(config, { signal });
    return scored.map(({ coder, scores }) => ({ coder, scores }));
  },
  data: (scored) => scored.map(({ coder, scores }) => ({ coder, ...scores })),
  lines(scored) {
    const rows = scored.map(({ coder, scores }) => {
      const means = Object.entries(scores).map(([name, mean]) => [name, { mean }] as const);
      return { name: coder, seeds: 1, scores: Object.fromEntries(means) as never };
    });
    const [first] = scored;
    return [
      ...scoreTable(rows),
      `true features on a row: ${first!.scores.trueL0.toFixed(2)}, over ${first!.scores.rows} rows`,
    ];
  },
});
