// Which latent stands for which class, and how far each goes: from files, or from one pass over the images.
import { readVector } from '../../../activations/shards/vector-file.ts';
import { UserError } from '../../../base/errors.ts';
import { startProgress } from '../../../base/progress.ts';
import type { Coder } from '../../../sae/open-coder.ts';
import type { Labels } from '../../labels/labels.ts';
import { readFeatures } from '../proposing/features-file.ts';
import {
  createFiringCounts,
  createLabelCounts,
  type FeatureScore,
} from '../proposing/label-counts.ts';
import type { QuantifyConfig } from './config.ts';

/** Codes of the patches of some images. */
export interface CodedPatches {
  /** As the model has them, `[patches, d]`. */
  readonly rows: Float32Array;
  readonly exampleIndex: Int32Array;
  readonly tokenIndex: Int32Array;
}

/** What is known of latents before anything is edited. */
export interface ChosenFeatures {
  /** Latent of each class that has one. */
  readonly features: ReadonlyMap<number, number>;
  /** The best latents of each class, where they were chosen here. */
  readonly scores: ReadonlyMap<number, readonly FeatureScore[]>;
  /** Largest code of each latent, `[dSae]`. */
  readonly maxima: Float32Array;
  /** Share of patches on which each latent fires, `[dSae]`. */
  readonly sparsity: Float32Array;
}

/**
 * Choose for each class the latent with the best F1 at its best threshold, among those that fire on less than `maxFreq` of
 * patches. `read` gives the patches of the images that are chosen on; labels below 1 are of no class, below 0 left out.
 *
 * @throws {UserError} for files of another autoencoder
 */
export async function chooseFeatures(
  coder: Coder,
  labels: Labels,
  config: Pick<
    QuantifyConfig,
    'topValues' | 'sparsity' | 'maxFreq' | 'features' | 'topK' | 'thresholds'
  >,
  read: () => AsyncIterable<CodedPatches>,
): Promise<ChosenFeatures> {
  const { dSae } = coder;
  const given = {
    maxima: config.topValues && (await maximaOf(config.topValues, dSae)),
    sparsity: config.sparsity && (await perLatent(config.sparsity, dSae)),
    features: config.features && (await readFeatures(config.features, dSae)),
  };
  const classes = [...labels.classes.keys()].slice(1);
  const thresholds = [...new Set(config.thresholds)].sort((a, b) => a - b);
  const counts = createLabelCounts({ dSae, labels, classes, thresholds });
  const firing = createFiringCounts(dSae);
  const isAllGiven = given.maxima && given.sparsity && given.features;
  if (!isAllGiven) {
    const progress = startProgress('choose features', { unit: 'patches' });
    try {
      for await (const { rows, ...where } of read()) {
        const codes = await coder.encode(rows);
        firing.add(codes);
        counts.add({ codes, ...where });
        progress.tick(where.exampleIndex.length);
      }
    } finally {
      progress.end();
    }
  }
  const sparsity = given.sparsity || firing.sparsity();
  const maxima = given.maxima || firing.maxima;
  if (given.features) {
    const features = new Map<number, number>();
    for (const [each, latents] of given.features) {
      if (each > 0 && each < labels.classes.length) features.set(each, latents[0]!);
    }
    return { features, scores: new Map(), maxima, sparsity };
  }
  const isRare = (latent: number): boolean => sparsity[latent]! < config.maxFreq;
  const scores = new Map(
    classes
      .filter((each) => counts.positives(each) > 0)
      .map((each) => [each, counts.top(each, config.topK, isRare).filter(({ tp }) => tp > 0)]),
  );
  const chosen = [...scores].filter(([, best]) => best.length > 0);
  const features = new Map(chosen.map(([each, best]) => [each, best[0]!.latent]));
  return { features, scores, maxima, sparsity };
}

/** The largest of the values that visuals kept of each latent, whatever they are arranged in. */
async function maximaOf(path: string, dSae: number): Promise<Float32Array> {
  const values = await readVector(path);
  const each = values.length / dSae;
  if (!Number.isInteger(each) || each < 1) throw otherLatents(path, values.length, dSae);
  const maxima = new Float32Array(dSae);
  for (let i = 0; i < values.length; i++) {
    const latent = Math.floor(i / each);
    if (values[i]! > maxima[latent]!) maxima[latent] = values[i]!;
  }
  return maxima;
}

async function perLatent(path: string, dSae: number): Promise<Float32Array> {
  const values = await readVector(path);
  if (values.length !== dSae) throw otherLatents(path, values.length, dSae);
  return values;
}

function otherLatents(path: string, length: number, dSae: number): UserError {
  return new UserError(
    `'${path}' is of another autoencoder: ${length} numbers for ${dSae} latents`,
  );
}
