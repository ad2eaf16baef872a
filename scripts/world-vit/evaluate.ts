// How often the model is right on scenes that it was not trained on.
import { openSession } from '../../src/compute/onnx/session.ts';
import type { Feeds } from '../training/fed-weights.ts';
import { makeBatch } from './batches.ts';
import { trainingModel } from './model.ts';
import { IMAGE_GROUPS, PATCH_GROUPS } from './targets.ts';

/** Scenes that training never sees have another seed. */
export const HELD_OUT_SEED = 1_000_003;
const SCENES_PER_RUN = 64;

type Tally = Map<string, { right: number; total: number }>;

/** Measure weights on `scenes` held-out scenes: the share of right classes by group. */
export async function evaluate(
  weights: Feeds,
  scenes: number,
  threads: number,
): Promise<Record<string, number>> {
  const session = await openSession(trainingModel(), { threads });
  const tally: Tally = new Map();
  for (let first = 0; first < scenes; first += SCENES_PER_RUN) {
    const n = Math.min(SCENES_PER_RUN, scenes - first);
    const { feeds, patches, images } = makeBatch(HELD_OUT_SEED, first, n);
    const found = await session.run(new Map([...weights, ...feeds]));
    const logits = (name: string): Float32Array => found.get(name)!.data as Float32Array;
    countRight(logits('patch_logits'), patches, PATCH_GROUPS, tally, 'patch ');
    countRight(logits('image_logits'), images, IMAGE_GROUPS, tally, 'image ');
  }
  await session.close();
  return Object.fromEntries(
    [...tally].map(([name, { right, total }]) => [name, Math.round((1e4 * right) / total) / 1e4]),
  );
}

/** Count, for each group, how often the largest logit is the right class; object attributes on object patches only. */
function countRight(
  logits: Float32Array,
  classes: readonly Uint8Array[],
  groups: readonly { name: string; size: number }[],
  tally: Tally,
  prefix: string,
): void {
  const width = groups.reduce((n, { size }) => n + size, 0);
  classes.forEach((image, i) => {
    const rows = image.length / groups.length;
    for (let row = 0; row < rows; row++) {
      let first = (i * rows + row) * width;
      groups.forEach(({ name, size }, g) => {
        const target = image[row * groups.length + g]!;
        const counts = rows === 1 || name === 'background' || target > 0;
        if (counts) {
          let best = 0;
          for (let c = 1; c < size; c++) if (logits[first + c]! > logits[first + best]!) best = c;
          const entry = tally.get(prefix + name) ?? { right: 0, total: 0 };
          entry.right += best === target ? 1 : 0;
          entry.total++;
          tally.set(prefix + name, entry);
        }
        first += size;
      });
    }
  });
}
