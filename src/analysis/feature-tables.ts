// All tables of text features that come from weights alone: computed together, for the features that are shown.
import { type HookPoint, parseHook } from '../backbones/hook-points.ts';
import type { LanguageBackbone } from '../backbones/language/types.ts';
import { startProgress } from '../base/progress.ts';
import type { SparseCoder } from '../sae/coder.ts';
import { featureDeembeddings } from './deembeddings.ts';
import type { EarlierCoder } from './earlier-coders.ts';
import type { Extremes } from './extremes.ts';
import { type FeatureHeads, featureHeads } from './head-deembeddings.ts';
import { type FeatureLogits, featureLogits } from './logits.ts';
import { featurePullbacks } from './pullbacks.ts';

/** What the weights say of one feature. */
export interface FeatureTables {
  readonly feature: number;
  /** Empty where the coder does not write to the residual stream. */
  readonly logits: FeatureLogits;
  /** Absent, as are heads and pullbacks, where it does not read the residual stream. */
  readonly embeddings?: Extremes;
  readonly heads?: Omit<FeatureHeads, 'feature'>;
  /** Connections through each of the earlier coders. */
  readonly pullbacks: readonly Extremes[];
}

interface FeatureTableOptions {
  readonly features: readonly number[];
  /** Hook point that the coder reads. */
  readonly point: HookPoint;
  readonly earlier: readonly EarlierCoder[];
  /** Rows at either end of a table. */
  readonly rows: number;
  /** Heads that a feature is read through. */
  readonly nHeads: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Compute the tables of features, about 10 KiB each. What does not apply to a coder is left out: one that reads or
 * writes elsewhere than in the residual stream has no direct way to tokens.
 */
export async function featureTables(
  coder: SparseCoder,
  { matrices, config }: Pick<LanguageBackbone, 'matrices' | 'config'>,
  options: FeatureTableOptions,
): Promise<Map<number, FeatureTables>> {
  const { features, point, earlier, rows: k, nHeads, signal } = options;
  const { dIn, dOut } = coder.config;
  const { dModel } = config;
  const projection = { features, k, ...(signal && { signal }) };
  const progress = startProgress('tables of features', {
    total: features.length * (2 + earlier.length),
    unit: 'tables',
  });
  const tick = (): void => progress.tick();
  try {
    const logits =
      dOut === dModel
        ? await gathered(featureLogits(coder, matrices, projection), (each) => each, tick)
        : features.map(noLogits);
    const reads = dIn === dModel;
    const embeddings = reads
      ? await gathered(featureDeembeddings(coder, matrices, projection), ends, tick)
      : undefined;
    const layers = layersBefore(point, config.nLayers);
    const heads =
      reads && layers > 0
        ? await featureHeads(coder, matrices, config, { features, layers, nHeads, k, signal })
        : undefined;
    const pullbacks: Extremes[][] = [];
    for (const { coder: before } of reads ? earlier : []) {
      pullbacks.push(await gathered(featurePullbacks(coder, before, projection), ends, tick));
    }
    return new Map(
      features.map((feature, i) => {
        const table: FeatureTables = {
          feature,
          logits: logits[i]!,
          ...(embeddings && { embeddings: embeddings[i]! }),
          ...(heads && { heads: heads[i]! }),
          pullbacks: pullbacks.map((each) => each[i]!),
        };
        return [feature, table];
      }),
    );
  } finally {
    progress.end();
  }
}

/** Layers whose heads write what is read at a point: attention comes before the MLP of its block. */
export function layersBefore(point: HookPoint, nLayers: number): number {
  const { layer, part } = parseHook(point) ?? {};
  if (layer === undefined || part === undefined) return nLayers;
  const isUpToAttention =
    /^(ln1|attn)\./.test(part) || part === 'hook_resid_pre' || part === 'hook_attn_in';
  return isUpToAttention ? layer : layer + 1;
}

async function gathered<From, To>(
  items: AsyncIterable<From>,
  part: (item: From) => To,
  onItem: () => void,
): Promise<To[]> {
  const all: To[] = [];
  for await (const item of items) {
    all.push(part(item));
    onItem();
  }
  return all;
}

/** Both ends alone: the whole vector is valid for a moment only. */
function ends({ top, bottom }: Extremes): Extremes {
  return { top, bottom };
}

function noLogits(feature: number): FeatureLogits {
  return { feature, top: [], bottom: [], histogram: { heights: [], centres: [] } };
}
