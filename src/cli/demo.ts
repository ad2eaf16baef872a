// saev demo: the whole road on a small embedded world, of images or of texts.
import { z } from 'zod';
import { seedField } from '../base/config/common.ts';
import { unknownName } from '../base/errors.ts';
import { duration } from '../base/text.ts';
import type { Command } from './program/command.ts';
import { defineCommand } from './program/define-command.ts';

const threads = z.int().min(1).max(1024);

const vision = defineCommand({
  name: 'demo',
  usage: '[vision] [flags]',
  flags: {
    out: z.string().min(1).default('./demo-out').describe('Folder that everything is written to.'),
    scenes: z.int().min(50).default(2400).describe('Images that are drawn.'),
    patches: z.int().min(1).default(2_400_000).describe('Training rows of each autoencoder.'),
    threads: threads.optional().describe('Threads; unset: one for each core.'),
    seed: seedField,
  },
  notes: [
    'Draws a small world of images, records a vision transformer on it, trains autoencoders, and shows what they found.',
    'The world, activations, autoencoders and features of an earlier demo in the same folder are used again.',
    "'saev demo language' does the same with texts and transcoders; its flags: saev demo language --help",
  ],
  whenInterrupted: 'The same command goes on from here.',
  run: (flags, { signal }) =>
    timed(async () => (await import('../demo/vision.ts')).runVisionDemo(flags, { signal })),
  data: ({ report }) => report,
  async lines({ report, took }) {
    const { describeDemo } = await import('../demo/report.ts');
    return [...describeDemo(report), took];
  },
});

const language = defineCommand({
  name: 'demo language',
  flags: {
    out: z
      .string()
      .min(1)
      .default('./demo-out/language')
      .describe('Folder that everything is written to.'),
    tokens: z
      .int()
      .min(16_384)
      .default(400_000)
      .describe('Tokens that each transcoder is trained on.'),
    texts: z
      .int()
      .min(50)
      .default(400)
      .describe('Texts that accuracies and known structure are measured on.'),
    dashboardTokens: z
      .int()
      .min(1024)
      .default(64_000)
      .describe('Tokens that the dashboards show features on.'),
    threads: threads
      .default(1)
      .describe(
        'Threads of the model, and of training beside it; more do not pay for so small ones.',
      ),
    seed: seedField,
  },
  notes: [
    'Trains a transcoder for each MLP of a small GPT-2, measures what they cost it, shows their features, and traces a circuit.',
    'Texts, transcoders and features of an earlier demo in the same folder are used again.',
  ],
  whenInterrupted: 'The same command goes on from here.',
  run: (flags, { signal }) =>
    timed(async () =>
      (await import('../demo/language/demo.ts')).runLanguageDemo(flags, { signal }),
    ),
  data: ({ report }) => report,
  async lines({ report, took }) {
    const { describeLanguageDemo } = await import('../demo/language/report.ts');
    return [...describeLanguageDemo(report), took];
  },
});

const DEMOS = { vision, language };

export const command: Command = {
  schema: vision.schema,
  async run(args, context) {
    const [name, ...rest] = args;
    if (name === undefined || name.startsWith('-')) return vision.run(args, context);
    if (!Object.hasOwn(DEMOS, name)) throw unknownName('demo', name, Object.keys(DEMOS));
    return DEMOS[name as keyof typeof DEMOS].run(rest, context);
  },
};

async function timed<Report>(
  run: () => Promise<Report>,
): Promise<{ report: Report; took: string }> {
  const start = performance.now();
  const report = await run();
  return { report, took: `The demo took ${duration(performance.now() - start)}.` };
}
