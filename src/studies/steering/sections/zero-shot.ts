// How well an image fits typed texts, by a model that reads both.
import type { ImageSectionKind } from './image-section.ts';

/** Probabilities of prompts. */
export const zeroShot: ImageSectionKind = {
  kind: 'zero-shot',
  async readers({ prompts, editable: { backbone } }) {
    return {
      readers: [],
      reasons: prompts.length === 0 ? [] : [whyNoPrompts(backbone)],
    };
  },
};

/** Say why a model cannot compare an image with texts. */
export function whyNoPrompts({
  family,
  checkpoint,
}: {
  family: string;
  checkpoint: string;
}): string {
  return family === 'clip' || family === 'siglip'
    ? `Prompts are not compared: the text tower of ${checkpoint} is not at hand.`
    : `Prompts are not compared: ${checkpoint} reads images alone, no texts.`;
}
