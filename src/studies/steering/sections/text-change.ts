// How far the positions of a text turned behind the last block.
import { hook } from '../../../backbones/hook-points.ts';
import { anglesBetween } from './angles.ts';
import type { TextSectionKind } from './text-section.ts';

/** Angles of positions. */
export const textChange: TextSectionKind = {
  kind: 'change',
  readers({ editable: { backbone } }) {
    const point = hook(backbone.config.nLayers - 1, 'hook_resid_post');
    return {
      reasons: [],
      readers: [
        {
          record: [point],
          read: async (before, after) => ({
            kind: 'change',
            point,
            degrees: anglesBetween(before.get(point)!, after.get(point)!),
          }),
        },
      ],
    };
  },
};
