// The vision transformer families that come with saev, in the order in which help lists them: one line each.
import { clip } from './clip.ts';
import { dinov2 } from './dinov2.ts';
import { moondream2 } from './moondream2.ts';
import { siglip } from './siglip.ts';
import { world } from './world.ts';

/** The families of vision transformers that `openVisionModel` knows; its option `families` takes others. */
export const VISION_FAMILIES = [clip, siglip, dinov2, moondream2, world] as const;

/** Name of a family that comes with saev. */
export type VisionFamilyName = (typeof VISION_FAMILIES)[number]['name'];
