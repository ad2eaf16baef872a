// How far the tokens of an image turned in the model's output.
import { patchTokens } from '../../../backbones/vision/tokens.ts';
import { anglesBetween } from './angles.ts';
import type { ImageSectionKind } from './image-section.ts';

const OUTPUT = 'output';

/** Angles of patches, and of CLS. */
export const imageChange: ImageSectionKind = {
  kind: 'change',
  readers: async ({ editable: { backbone } }) => ({
    reasons: [],
    readers: [
      {
        record: [OUTPUT],
        async read(before, after) {
          const all = anglesBetween(before.get(OUTPUT)!, after.get(OUTPUT)!);
          return {
            kind: 'change',
            point: OUTPUT,
            degrees: patchTokens(backbone.config).map((token) => all[token]!),
            ...(backbone.config.hasCls && { cls: all[0]! }),
          };
        },
      },
    ],
  }),
};
