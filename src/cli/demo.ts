// saev demo: the whole road on a small embedded world, of images or of texts.
import { z } from 'zod';
import { seedField } from '../base/config/common.ts';
import { unknownName } from '../base/errors.ts';
import { duration } from '../base/text.ts';
import type { CommandContext, RunCommand } from './command.ts';
import { commandFlags, readFlags } from './job.ts';

const threads = z.int().min(1).max(1024);
const commonFlags = {
  seed: seedField,
  ...commandFlags,
};

const visionFlags = z.strictObject({
  out: z.string().min(1).default('./demo-out').describe('Folder that everything is written to.'),
  scenes: z.int().min(50).default(2400).describe('Images that are drawn.'),
  patches: z.int().min(1).default(2_400_000).describe('Training rows of each autoencoder.'),
  threads: threads.optional().describe('Threads; unset: one for each core.'),
  ...commonFlags,
});

const languageFlags = z.strictObject({
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
  ...commonFlags,
});

const DEMOS = { vision, language };

export const run: RunCommand = async (args, context) => {
  const [name, ...rest] = args;
  if (name === undefined || name.startsWith('-')) return vision(args, context);
  if (!Object.hasOwn(DEMOS, name)) throw unknownName('demo', name, Object.keys(DEMOS));
  return DEMOS[name as keyof typeof DEMOS](rest, context);
};

async function vision(args: readonly string[], context: CommandContext): Promise<void> {
  const flags = await readFlags(args, context, {
    usage: 'demo [vision] [flags]',
    schema: visionFlags,
    notes: [
      'Draws a small world of images, records a vision transformer on it, trains autoencoders, and shows what they found.',
      'The world and the activations of an earlier demo in the same folder are used again.',
      "'saev demo language' does the same with texts and transcoders; its flags: saev demo language --help",
    ],
  });
  if (flags === undefined) return;
  context.whenInterrupted('The same command goes on from here.');
  const start = performance.now();
  const { runVisionDemo } = await import('../demo/vision.ts');
  const report = await runVisionDemo(flags, { signal: context.signal });
  const { describeDemo } = await import('../demo/report.ts');
  print(report, flags, { context, start, lines: describeDemo });
}

async function language(args: readonly string[], context: CommandContext): Promise<void> {
  const flags = await readFlags(args, context, {
    usage: 'demo language [flags]',
    schema: languageFlags,
    notes: [
      'Trains a transcoder for each MLP of a small GPT-2, measures what they cost it, shows their features, and traces a circuit.',
      'Texts, transcoders and features of an earlier demo in the same folder are used again.',
    ],
  });
  if (flags === undefined) return;
  context.whenInterrupted('The same command goes on from here.');
  const start = performance.now();
  const { runLanguageDemo } = await import('../demo/language/demo.ts');
  const report = await runLanguageDemo(flags, { signal: context.signal });
  const { describeLanguageDemo } = await import('../demo/language/report.ts');
  print(report, flags, { context, start, lines: describeLanguageDemo });
}

function print<Report>(
  report: Report,
  { json }: { json: boolean },
  {
    context,
    start,
    lines,
  }: { context: CommandContext; start: number; lines: (report: Report) => string[] },
): void {
  if (json) {
    context.print(JSON.stringify(report));
    return;
  }
  for (const line of lines(report)) context.print(line);
  context.print(`The demo took ${duration(performance.now() - start)}.`);
}
