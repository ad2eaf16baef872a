// The head of the demo: it tells what each patch of the world shows, so that an edit of features has something to change.
import { join } from 'node:path';
import { z } from 'zod';
import { kindOfPath, readJson, writeJsonAtomic } from '../base/files.ts';
import type { World } from '../data/worlds/images/write.ts';
import { SemsegTrainConfig } from '../studies/segmentation/config.ts';
import { bestOf } from '../studies/segmentation/head-measures.ts';
import { trainSegmentation } from '../studies/segmentation/training.ts';

const DemoHead = z.object({
  /** Its file. */
  path: z.string(),
  /** Classes that it was measured on, and the share of pixels that are right. */
  nClasses: z.int(),
  accuracy: z.number(),
});
/** The head and how good it is, on the images that it did not learn from. */
export type DemoHead = z.output<typeof DemoHead>;

/** File beside the heads that says that they are done. */
const DONE = 'measured.json';

/** Train the head on the maps of a world; one that an earlier demo trained is used again. */
export async function demoHead(
  world: World,
  {
    out,
    seed,
    threads,
    signal,
  }: {
    readonly out: string;
    readonly seed: number;
    readonly threads?: number | undefined;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<DemoHead> {
  const folder = join(out, 'heads');
  const done = join(folder, DONE);
  const before =
    (await kindOfPath(done)) === 'file'
      ? DemoHead.safeParse(await readJson(done, 'measures of the head')).data
      : undefined;
  if (before !== undefined && (await kindOfPath(before.path)) === 'file') return before;
  const trained = await trainSegmentation(
    SemsegTrainConfig.parse({
      imgs: { root: world.ade20k },
      vitFamily: 'world',
      learningRate: [1e-2],
      batchSize: 16,
      // Of so clear a world three passes teach as much as thirty.
      nEpochs: 3,
      dumpTo: join(out, 'shards'),
      ckptPath: folder,
      seed,
      threads,
    }),
    { signal },
  );
  const { path, all } = bestOf(trained);
  const head = { path, nClasses: all.nPresent, accuracy: all.accuracy };
  await writeJsonAtomic(done, head);
  return head;
}
