// saev demo: the whole road on the embedded image world, from drawn scenes to explored features.
import { z } from 'zod';
import { seedField } from '../base/config/common.ts';
import { duration } from '../base/progress.ts';
import type { RunCommand } from './command.ts';
import { commandFlags, readFlags } from './job.ts';

const schema = z.strictObject({
  out: z.string().min(1).default('./demo-out').describe('Folder that everything is written to.'),
  scenes: z.int().min(50).default(2400).describe('Images that are drawn.'),
  patches: z.int().min(1).default(2_400_000).describe('Training rows of each autoencoder.'),
  seed: seedField,
  threads: z.int().min(1).max(1024).optional().describe('Threads; unset: one for each core.'),
  ...commandFlags,
});

export const run: RunCommand = async (args, context) => {
  const flags = await readFlags(args, context, {
    usage: 'demo [flags]',
    schema,
    notes: [
      'Draws a small world of images, records a vision transformer on it, trains autoencoders, and shows what they found.',
      'The world and the activations of an earlier demo in the same folder are used again.',
    ],
  });
  if (flags === undefined) return;
  context.whenInterrupted('The same command goes on from here.');
  const start = performance.now();
  const { runVisionDemo } = await import('./demo/vision-demo.ts');
  const report = await runVisionDemo(flags, { signal: context.signal });
  if (flags.json) {
    context.print(JSON.stringify(report));
    return;
  }
  const { describeDemo } = await import('./demo/report.ts');
  for (const line of describeDemo(report)) context.print(line);
  context.print(`The demo took ${duration(performance.now() - start)}.`);
};
