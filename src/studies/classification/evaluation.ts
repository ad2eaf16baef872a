// Measuring saved classification heads on any set of labelled images.
import { UserError } from '../../base/errors.ts';
import { openCoder } from '../../sae/open-coder.ts';
import type { Labels } from '../labels/labels.ts';
import { checkHead } from '../probes/linear-head.ts';
import { measureHeads } from '../probes/measure-heads.ts';
import type { ClassifyEvaluateConfig } from './config.ts';
import { renumbered } from './image-classes.ts';
import { openLabelledSet } from './labelled-set.ts';
import { bestHead, type MeasuredHead } from './measured-head.ts';
import { type ClassificationResult, type SparseResult, writeResults } from './results.ts';
import { loadSavedHeads, type SavedHead } from './saved-heads.ts';

/**
 * Measure every head of a folder on labelled images, and write tables, charts and a report to `logTo`. What a head reads
 * is what it was trained on; images without shards are recorded once.
 * @throws {UserError} when heads, images or shards are missing, or do not fit each other.
 */
export async function evaluateClassification(
  config: ClassifyEvaluateConfig,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<ClassificationResult> {
  const saved = await loadSavedHeads(config.ckptPath);
  const measured: MeasuredHead[] = [];
  let classes: readonly string[] | undefined;
  for (const alike of readingTheSame(saved)) {
    const found = await measureAlike(alike, config, signal);
    classes ??= found.classes;
    if (classes.join('\n') !== found.classes.join('\n'))
      throw new UserError(`the heads in '${config.ckptPath}' tell different classes apart`, {
        hint: 'measure each of them by itself: name its folder with --ckpt-path',
      });
    measured.push(...found.heads);
  }
  const result = {
    classes: classes!,
    heads: measured.filter(({ kLatents }) => kLatents === undefined),
    best: bestHead(measured),
    sparse: measured.filter((head): head is SparseResult => head.kLatents !== undefined),
    folder: config.logTo,
  };
  await writeResults(result);
  return result;
}

/** Heads that read the same rows, whatever number of latents. */
function readingTheSame(saved: readonly SavedHead[]): SavedHead[][] {
  const groups = new Map<string, SavedHead[]>();
  for (const head of saved) {
    const { kLatents: _, ...reads } = head.reads;
    const key = JSON.stringify([reads, head.head.dIn, head.head.nClasses]);
    groups.set(key, [...(groups.get(key) ?? []), head]);
  }
  return [...groups.values()];
}

async function measureAlike(
  alike: readonly SavedHead[],
  config: ClassifyEvaluateConfig,
  signal: AbortSignal | undefined,
): Promise<{ classes: readonly string[]; heads: MeasuredHead[] }> {
  const { reads, path } = alike[0]!;
  const coder = reads.sae === undefined ? undefined : await openCoder(reads.sae);
  try {
    const set = await openLabelledSet(
      { name: 'measured', images: config.imgs, shards: config.shards },
      reads,
      { ...config, coder, signal },
    );
    try {
      const labels = classesOf(alike[0]!, set.labels, set.described);
      const { source, features, perExample } = set;
      const size = { dIn: features.width, nClasses: labels.classes.length };
      checkHead(alike[0]!.head, size, `the head '${path}'`);
      const heads = alike.map(({ head }) => head);
      const options = { features, perExample, batchSize: 1024, signal };
      const measures = await measureHeads(source, labels, heads, options);
      return {
        classes: labels.classes,
        heads: alike.map(({ learningRate, weightDecay, path, reads }, i) => ({
          learningRate,
          weightDecay,
          path,
          kLatents: reads.kLatents,
          val: measures[i]!,
        })),
      };
    } finally {
      await set.close();
    }
  } finally {
    await coder?.close();
  }
}

/** The labels of a set as a head numbers them; heads of Python do not say their classes, and are taken at their number. */
function classesOf({ reads, path, head }: SavedHead, labels: Labels, described: string): Labels {
  if (reads.classes !== undefined)
    return renumbered(labels, reads.classes, { labels: described, classes: `the head '${path}'` });
  if (labels.classes.length === head.nClasses) return labels;
  throw new UserError(
    `the head '${path}' tells ${head.nClasses} classes apart, ${described} has ${labels.classes.length}`,
  );
}
