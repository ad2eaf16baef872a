// Hook points of a language model as rows of activations: which there are, how wide, and how a run gives them.
import { blocksUpTo, type HookPoint } from '../../backbones/hook-points.ts';
import type { LanguageBackbone } from '../../backbones/language/types.ts';
import type { Tensor } from '../../backbones/types.ts';
import { UserError } from '../../base/errors.ts';
import type { Layer } from '../shards/metadata.ts';
import { layerHook } from './image-recorder.ts';

/** Which attention head: its number, or all of them joined. */
export type HeadChoice = number | 'all' | undefined;

/** A hook point that gives one row a position. */
export interface TextPoint {
  readonly hook: HookPoint;
  /** Head that is taken of a point that has several; undefined for all of the row. */
  readonly head: number | undefined;
  /** Length of a row. */
  readonly width: number;
}

/** Points whose second axis is not that of positions. */
const BY_HEAD = /\.attn\.hook_(pattern|attn_scores)$/;

/**
 * Look at the points of `layers` in what a run of one token gave, by default in a run of its own.
 *
 * @throws {UserError} for layers and points that do not exist or have no row for each position, and for heads that are
 * missing, out of range, or chosen where there are none.
 */
export async function textPoints(
  backbone: LanguageBackbone,
  layers: readonly Layer[],
  head: HeadChoice,
  seen?: ReadonlyMap<HookPoint, Tensor>,
): Promise<TextPoint[]> {
  const hooks = hooksOf(backbone, layers);
  const outputs = seen ?? (await runOneToken(backbone, layers));
  const points = hooks.map((hook) => pointOf(hook, outputs.get(hook)!, head));
  if (typeof head === 'number' && points.every((point) => point.head === undefined)) {
    throw new UserError(`invalid head ${head}: '${hooks.join("', '")}' has no axis of heads`, {
      hint: 'leave head out',
    });
  }
  return points;
}

/** Run one token, to learn what the model has at the points of layers. */
export async function runOneToken(
  backbone: LanguageBackbone,
  layers: readonly Layer[],
): Promise<Map<HookPoint, Tensor>> {
  const record = [...new Set(hooksOf(backbone, layers))];
  return backbone.run([[0]], { record, ...stopBehind(record) });
}

function hooksOf(
  { config, checkpoint, hookPoints, optionalHookPoints }: LanguageBackbone,
  layers: readonly Layer[],
): HookPoint[] {
  const model = {
    nLayers: config.nLayers,
    checkpoint,
    hookPoints: [...hookPoints, ...optionalHookPoints],
  };
  const hooks = layers.map((layer) => layerHook(layer, model));
  const odd = hooks.find((hook) => BY_HEAD.test(hook));
  if (odd === undefined) return hooks;
  throw new UserError(`unsupported hook point to record: '${odd}' has no row for each position`);
}

function pointOf(hook: HookPoint, { shape }: Tensor, head: HeadChoice): TextPoint {
  const [, , nHeads = 1, perHead = 1] = shape;
  if (shape.length === 3) return { hook, head: undefined, width: shape[2]! };
  if (head === undefined) {
    throw new UserError(`missing head: '${hook}' has ${nHeads} heads`, {
      hint: `give head, 0 to ${nHeads - 1}, or 'all' to join them`,
    });
  }
  if (head === 'all') return { hook, head: undefined, width: nHeads * perHead };
  if (head < nHeads) return { hook, head, width: perHead };
  throw new UserError(`invalid head ${head}: '${hook}' has ${nHeads}`, {
    hint: `heads run from 0 to ${nHeads - 1}`,
  });
}

/** Let a run of the model end behind the last of some hook points. */
export function stopBehind(hooks: readonly HookPoint[]): { stopAtLayer?: number } {
  const stop = Math.max(...hooks.map(blocksUpTo));
  return Number.isFinite(stop) ? { stopAtLayer: stop } : {};
}

/** Name a layer in metadata; a single head of it is named like an element: `blocks.0.attn.hook_z[3]`. */
export function recordedName(layer: Layer, { head }: Pick<TextPoint, 'head'>): Layer {
  return head === undefined ? layer : `${layer}[${head}]`;
}

/**
 * Find how recorded shards call a layer and, perhaps, a target, of which one head is wanted.
 *
 * @throws {UserError} when none of them was recorded by heads.
 */
export function recordedHeads<Choice extends { layer: Layer; target?: Layer | undefined }>(
  choice: Choice,
  head: HeadChoice,
  recorded: readonly Layer[],
): Choice {
  if (typeof head !== 'number') return choice;
  const nameOf = (layer: Layer): Layer => {
    const name = recordedName(layer, { head });
    return recorded.includes(name) ? name : layer;
  };
  const { layer, target } = choice;
  const named = { layer: nameOf(layer), target: target === undefined ? target : nameOf(target) };
  if (named.layer !== layer || named.target !== target) return { ...choice, ...named };
  throw new UserError(`missing head ${head} of layer ${layer}: it was not recorded`, {
    hint: `recorded layers: ${recorded.join(', ')}`,
  });
}

/** Copy the rows of a point into `out`, `[sequences, stride]` with the first row of each at `at`. */
export function copyPoint(
  { head, width }: TextPoint,
  { data, shape }: Tensor,
  out: Float32Array,
  { at, stride }: { at: number; stride: number },
): void {
  const [sequences = 0, positions = 0] = shape;
  const stored = shape.slice(2).reduce((a, b) => a * b, 1);
  for (let s = 0; s < sequences; s++) {
    const from = s * positions * stored;
    const to = s * stride + at;
    if (head === undefined) {
      out.set(data.subarray(from, from + positions * stored), to);
      continue;
    }
    for (let p = 0; p < positions; p++) {
      const start = from + p * stored + head * width;
      out.set(data.subarray(start, start + width), to + p * width);
    }
  }
}
