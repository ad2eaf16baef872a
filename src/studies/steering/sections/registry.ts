// What can be looked at behind an edit, in the order in which it is shown.
import { classes } from './classes.ts';
import { continuation } from './continuation.ts';
import { imageChange } from './image-change.ts';
import type { ImageSectionKind } from './image-section.ts';
import { loss } from './loss.ts';
import { nextTokens } from './next-tokens.ts';
import { segmentation } from './segmentation.ts';
import { textChange } from './text-change.ts';
import type { TextSectionKind } from './text-section.ts';
import { zeroShot } from './zero-shot.ts';

/** Behind an edit of an image. */
export const IMAGE_SECTIONS: readonly ImageSectionKind[] = [
  segmentation,
  classes,
  zeroShot,
  imageChange,
];

/** Behind an edit of a text. */
export const TEXT_SECTIONS: readonly TextSectionKind[] = [
  nextTokens,
  loss,
  continuation,
  textChange,
];
