// saev semprobe texts: which latents tell texts that have a property from texts that have it not.
import { SemprobeTextsConfig } from '../../studies/semprobe/config.ts';
import type { Command } from '../program/command.ts';
import { defineJob } from '../program/define-job.ts';

export const command: Command = defineJob({
  name: 'semprobe texts',
  schema: SemprobeTextsConfig,
  notes: [
    'Example: saev semprobe texts --with plural.txt --without singular.txt --sae runs',
    'Latents and thresholds are chosen on half of the texts, and measured on the others.',
  ],
  choose: {
    async sae(names) {
      const { chooseCoder } = await import('../../training/runs/choose-coder.ts');
      // Coders of images name no hook point.
      return chooseCoder(names, ({ place }) => place?.input !== undefined);
    },
  },
  whenInterrupted: 'The same command begins again.',
  async run({ config }, { signal }) {
    const { tellTexts } = await import('../../studies/semprobe/tell-texts.ts');
    return tellTexts(config, { signal });
  },
  async lines(probe) {
    const { textLines } = await import('../../studies/semprobe/text-lines.ts');
    return textLines(probe);
  },
});
