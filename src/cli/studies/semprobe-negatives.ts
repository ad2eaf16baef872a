// saev semprobe negatives: draw images that do not show a concept.
import { SemprobeNegativesConfig } from '../../studies/semprobe/config.ts';
import type { Command } from '../program/command.ts';
import { defineJob } from '../program/define-job.ts';

export const command: Command = defineJob({
  name: 'semprobe negatives',
  schema: SemprobeNegativesConfig,
  notes: [
    'Example: saev semprobe negatives --classes brazil --dump-to curated images:image-folder --images.root photos',
    'Images of a class of that name are never drawn; what else shows the concept is for you to see: name it with --skip.',
  ],
  whenInterrupted: 'The same command draws the same images again.',
  async run({ config }, { signal }) {
    const { writeNegatives } = await import('../../studies/semprobe/negatives.ts');
    return writeNegatives(config, { signal });
  },
  lines: (drawn) => drawn.map(({ folder, images }) => `${folder}: ${images.length} images`),
});
