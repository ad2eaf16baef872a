// The weights that a model's graphs read, out of its checkpoint into one file of their own.
import { join } from 'node:path';
import { writeFileAtomic } from '../../../base/files.ts';
import type { FileRange } from '../../../compute/onnx/graph.ts';
import { openBytes, readPieces } from '../../../formats/byte-source.ts';

/** Weights stand at multiples of this, which any element fits. */
const ALIGNMENT = 64;

/** The places of weights in a file to come. */
export interface GatheredWeights {
  /** Say where a weight will stand; the same one at the same place. */
  place(range: FileRange): FileRange;
  /** Bytes of the file so far. */
  readonly size: number;
  /** Write it, with the weights out of the files in `from`. */
  write(from: string, path: string): Promise<void>;
}

/** Begin a file of weights that the graphs will call `file`. */
export function gatherWeights(file: string): GatheredWeights {
  const places = new Map<string, { readonly from: FileRange; readonly to: FileRange }>();
  let end = 0;
  return {
    place(from) {
      const key = `${from.file}:${from.offset}:${from.length}`;
      const known = places.get(key);
      if (known !== undefined) return known.to;
      const to = { file, offset: Math.ceil(end / ALIGNMENT) * ALIGNMENT, length: from.length };
      end = to.offset + to.length;
      places.set(key, { from, to });
      return to;
    },
    get size() {
      return end;
    },
    async write(folder, path) {
      await writeFileAtomic(path, pieces(folder, [...places.values()]));
    },
  };
}

async function* pieces(
  folder: string,
  places: readonly { readonly from: FileRange; readonly to: FileRange }[],
): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (const { from, to } of places) {
    if (to.offset > at) yield new Uint8Array(to.offset - at);
    const source = await openBytes(join(folder, from.file), 'weights');
    try {
      yield* readPieces(source, from.offset, from.offset + from.length);
    } finally {
      await source.close();
    }
    at = to.offset + to.length;
  }
}
