// The pictures of an edit as files, out of the addresses that the answer has them in.
import type { EditAnswer } from '../../pages/edit.ts';

/** A file of a picture. */
export interface Picture {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** List what the model saw, and of each segmentation the truth and what the head sees before and after. */
export function picturesOf({ seen, sections }: Pick<EditAnswer, 'seen' | 'sections'>): Picture[] {
  const maps = sections.filter((each) => each.kind === 'segmentation');
  return [
    ...(seen.kind === 'image' ? [pictureAt('image', seen.picture)] : []),
    ...maps.flatMap(({ truth, before, after }, i) => {
      const name = maps.length === 1 ? '' : `-${i}`;
      return [
        ...(truth === undefined ? [] : [pictureAt(`truth${name}`, truth)]),
        pictureAt(`before${name}`, before.pixels),
        pictureAt(`after${name}`, after.pixels),
      ];
    }),
  ];
}

function pictureAt(name: string, address: string): Picture {
  const [, type = 'png', data = ''] = /^data:image\/(\w+);base64,(.*)$/s.exec(address) ?? [];
  const extension = type === 'jpeg' ? 'jpg' : type;
  return { name: `${name}.${extension}`, bytes: Buffer.from(data, 'base64') };
}
