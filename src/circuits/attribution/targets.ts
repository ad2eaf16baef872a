// What attribution starts from, and every feature on its way: a vector on the residual stream, a constant, a value.
import type { HookPoint } from '../../backbones/hook-points.ts';
import type { LanguageBackbone } from '../../backbones/language/types.ts';
import { dot, mean, softmax } from '../../base/arrays.ts';
import { UserError } from '../../base/errors.ts';
import type { NodeKind } from '../graph/graph.ts';
import { readingOf } from '../reading.ts';
import type { PlacedCoder } from '../transcoders.ts';
import { normWeights, readPoint } from './frozen-model.ts';
import type { PromptState } from './prompt-state.ts';

/** What a graph explains. Positions count from 0, negative ones from the end; the last by default. */
export type Root =
  | {
      readonly kind: 'feature';
      readonly layer: number;
      readonly feature: number;
      readonly position?: number;
    }
  /** The most likely next tokens: at most `most` (10), as few as have `probability` (0.95) together. */
  | { readonly kind: 'salient'; readonly most?: number; readonly probability?: number }
  | { readonly kind: 'logit'; readonly token: number }
  /** `logit(token) − logit(less)` */
  | { readonly kind: 'difference'; readonly token: number; readonly less: number }
  /** What a feature of a coder reads that stands in no MLP's place: of an SAE. */
  | {
      readonly kind: 'coder';
      readonly coder: PlacedCoder;
      readonly feature: number;
      readonly position?: number;
    }
  | {
      readonly kind: 'vector';
      readonly point: HookPoint;
      /** `[dModel]` */
      readonly vector: Float32Array;
      readonly position?: number;
      readonly label?: string;
    };

/** A scalar that is linear in the residual stream: `value = vector · stream[position] + constant`. */
export interface Target {
  readonly kind: Extract<NodeKind, 'feature' | 'logit' | 'vector'>;
  readonly layer: number;
  readonly position: number;
  readonly feature?: number;
  readonly token?: number;
  /** The token whose logit is subtracted. */
  readonly less?: number;
  readonly label?: string;
  readonly probability?: number;
  /** Share of it in the influence that starts from the roots. */
  readonly weight: number;
  readonly depth: number;
  readonly vector: Float32Array;
  readonly constant: number;
  /** What the model computed. */
  readonly value: number;
}

/**
 * The target of a feature at a position: its pre-activation.
 *
 * @throws {UserError} for features that do not exist.
 */
export function featureTarget(
  backbone: Pick<LanguageBackbone, 'config'>,
  state: PromptState,
  { layer, feature, position }: { layer: number; feature: number; position: number },
  weight = 0,
): Target {
  const { transcoder } = state.blocks[layer]!;
  const { coder, input } = transcoder!;
  const { dIn } = coder.config;
  const { direction, constant } = readingOf(coder, feature);
  const x = input.subarray(position * dIn, (position + 1) * dIn);
  const { depth, vector } = onStream(backbone, state, coder.input, direction, position);
  const value = dot(direction, x) + constant;
  return { kind: 'feature', layer, position, feature, weight, depth, vector, constant, value };
}

/**
 * Find the targets of a root.
 *
 * @throws {UserError} for what the model, the prompt or the transcoders do not have.
 */
export async function rootTargets(
  backbone: LanguageBackbone,
  state: PromptState,
  root: Root,
  { demean }: { demean: boolean },
): Promise<Target[]> {
  const last = state.tokens.length - 1;
  switch (root.kind) {
    case 'feature': {
      const position = positionOf(root.position, state);
      checkFeature(state, root);
      return [featureTarget(backbone, state, { ...root, position }, 1)];
    }
    case 'coder': {
      const { coder, feature } = root;
      const { direction, constant } = readingOf(coder, feature);
      const label = `SAE ${coder.layer}/${feature}`;
      const { kind: _, ...place } = root;
      const vector = { ...place, point: coder.input, vector: direction, label };
      const [target] = await rootTargets(
        backbone,
        state,
        { kind: 'vector', ...vector },
        { demean },
      );
      return [{ ...target!, constant, value: target!.value + constant }];
    }
    case 'vector': {
      const { dModel } = backbone.config;
      const { vector: given, point, label = 'vector' } = root;
      if (given.length !== dModel) {
        throw new UserError(
          `invalid vector: ${given.length} numbers, the residual stream has ${dModel}`,
        );
      }
      const position = positionOf(root.position, state);
      const read = onStream(backbone, state, point, given, position);
      const recorded = await backbone.run([state.tokens], { record: [point] });
      const value = dot(given, recorded.get(point)!.data.subarray(position * dModel));
      const layer = Math.floor(read.depth / 2);
      return [{ kind: 'vector', layer, position, label, weight: 1, ...read, constant: 0, value }];
    }
    case 'logit':
      return logitTargets(backbone, state, [{ token: root.token }], { demean, position: last });
    case 'difference':
      return logitTargets(backbone, state, [root], { demean: false, position: last });
    case 'salient': {
      const tokens = salientTokens(state.logits, root).map((token) => ({ token }));
      return logitTargets(backbone, state, tokens, { demean, position: last });
    }
  }
}

/** Bring a vector at a hook point down to the residual stream, through the frozen norm if there is one. */
function onStream(
  { config }: Pick<LanguageBackbone, 'config'>,
  { scales }: PromptState,
  point: HookPoint,
  vector: Float32Array,
  position: number,
): { depth: number; vector: Float32Array } {
  const { depth, norm } = readPoint(point, config);
  const scale = norm === undefined ? undefined : scales.get(norm)?.[position];
  if (scale === undefined) return { depth, vector };
  const keepsMean = norm === 'ln_final' && config.finalRms;
  const centre = keepsMean ? 0 : mean(vector);
  return { depth, vector: vector.map((x) => (x - centre) / scale) };
}

/** Logits, or differences of two, of the last position. */
async function logitTargets(
  backbone: LanguageBackbone,
  state: PromptState,
  wanted: readonly { token: number; less?: number }[],
  { demean, position }: { demean: boolean; position: number },
): Promise<Target[]> {
  const { config, matrices } = backbone;
  const { dModel, dVocab, nLayers } = config;
  for (const { token, less = token } of wanted) {
    for (const id of [token, less]) {
      if (Number.isInteger(id) && id >= 0 && id < dVocab) continue;
      throw new UserError(`invalid token ${id}: the model knows 0 … ${dVocab - 1}`);
    }
  }
  const { gain, bias } = await normWeights(matrices.tensor, 'ln_final', config);
  const { data: unembed } = await matrices.W_U();
  const { data: unembedBias } = await matrices.b_U();
  const means = new Float64Array(dModel);
  let [biasMean, logitMean] = [0, 0];
  if (demean) {
    for (let i = 0; i < dModel; i++)
      means[i] = mean(unembed.subarray(i * dVocab, (i + 1) * dVocab));
    biasMean = mean(unembedBias);
    logitMean = mean(state.logits);
  }
  const probabilities = softmax(state.logits);
  const total = wanted.reduce((sum, { token }) => sum + probabilities[token]!, 0);
  return wanted.map(({ token, less }): Target => {
    const column = (i: number): number =>
      unembed[i * dVocab + token]! - (less === undefined ? means[i]! : unembed[i * dVocab + less]!);
    const columns = Float32Array.from({ length: dModel }, (_, i) => column(i));
    const direction = columns.map((x, i) => x * (gain?.[i] ?? 1));
    const lessBias = less === undefined ? biasMean : unembedBias[less]!;
    const point = 'ln_final.hook_normalized';
    return {
      kind: 'logit',
      layer: nLayers,
      position,
      token,
      less,
      probability: less === undefined ? probabilities[token]! : undefined,
      weight: wanted.length === 1 ? 1 : probabilities[token]! / total,
      ...onStream(backbone, state, point, direction, position),
      constant: unembedBias[token]! - lessBias + (bias === undefined ? 0 : dot(columns, bias)),
      value: state.logits[token]! - (less === undefined ? logitMean : state.logits[less]!),
    };
  });
}

/** The most likely tokens, best first: as few as have `probability` together, at most `most`. */
function salientTokens(
  logits: Float32Array,
  { most = 10, probability = 0.95 }: { most?: number; probability?: number } = {},
): number[] {
  const probabilities = softmax(logits);
  const order = [...probabilities.keys()].sort((a, b) => probabilities[b]! - probabilities[a]!);
  const chosen: number[] = [];
  let sum = 0;
  for (const token of order.slice(0, most)) {
    chosen.push(token);
    sum += probabilities[token]!;
    if (sum >= probability) break;
  }
  return chosen;
}

function checkFeature(
  { blocks }: PromptState,
  { layer, feature }: { layer: number; feature: number },
): void {
  const have = [...blocks.keys()].filter((each) => blocks[each]!.transcoder !== undefined);
  const transcoder = blocks[layer]?.transcoder;
  if (transcoder === undefined) {
    throw new UserError(`unknown layer of feature ${layer}/${feature}: ${layer}`, {
      hint: `there are transcoders of layers ${have.join(', ') || '(none)'}`,
    });
  }
  const { dSae } = transcoder.coder.config;
  if (Number.isInteger(feature) && feature >= 0 && feature < dSae) return;
  throw new UserError(`unknown feature ${layer}/${feature}`, {
    hint: `the transcoder of layer ${layer} has features 0 … ${dSae - 1}`,
  });
}

function positionOf(given: number | undefined, { tokens }: PromptState): number {
  const position = (given ?? -1) < 0 ? tokens.length + (given ?? -1) : given!;
  if (Number.isInteger(position) && position >= 0 && position < tokens.length) return position;
  throw new UserError(`invalid position ${given}: the prompt has ${tokens.length} tokens`);
}
