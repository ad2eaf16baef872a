// saev ask: say which latents fire on an image or a text.
import { counted } from '../../base/text.ts';
import { AskConfig, type AskConfigInput } from '../../studies/asking/config.ts';
import type { Command } from '../program/command.ts';
import { defineJob } from '../program/define-job.ts';

export const command: Command = defineJob({
  name: 'ask',
  usage: 'RUN … IMAGE|TEXT … [flags]',
  schema: AskConfig,
  notes: [
    'Example: saev ask runs/20261121-184607-c7a437 photo.jpg --top 5 --out answers',
    "Example: saev ask runs/20261121-184607-c7a437 runs/20261121-190211-03be51 'a text in quotes'",
    'What is a file is read; a text that looks like the name of one is given with --text.',
    'A text must fit the context of its model.',
  ],
  whenInterrupted: 'The same command begins again.',
  async run({ config, input }, { signal }) {
    const { askAll } = await import('../../studies/asking/job/ask-all.ts');
    return askAll(config, { data: input.data as AskConfigInput['data'], signal });
  },
  data: ({ answers, written }) => ({
    answers: answers.map(({ example, answer, known }) => {
      const { seen, ...rest } = answer;
      const labels = new Map([...known].map(([latent, { label }]) => [latent, label]));
      const labelled = rest.strongest.map((each) => {
        const label = labels.get(each.latent);
        return label ? { ...each, label } : each;
      });
      const { picture: _, ...without } = { picture: '', ...seen };
      return { example, ...rest, strongest: labelled, seen: without };
    }),
    written,
  }),
  async lines({ answers, written }) {
    const { answerLines } = await import('./answer-lines.ts');
    const { env, stdout } = process;
    const isColoured = stdout.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
    return [
      ...answers.flatMap((answered) => answerLines(answered, { isColoured })),
      ...(written.length > 0
        ? [`${counted(written.length, 'file')} written, ${written[0]} first`]
        : []),
    ];
  },
});
