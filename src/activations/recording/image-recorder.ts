// Runs a backbone over batches of pixels and keeps the activations that go to shards.
import { type HookPoint, residualHook } from '../../backbones/hook-points.ts';
import { recordedTokens, type Tensor, type VisionBackbone } from '../../backbones/types.ts';
import { UserError, unknownName } from '../../base/errors.ts';
import type { Layer } from '../shards/metadata.ts';
import type { Recorder } from './run-batches.ts';

/** Name the hook point of a layer: a number means the residual stream after that block, negative from the end. */
export function layerHook(
  layer: Layer,
  model: {
    readonly nLayers: number;
    readonly checkpoint: string;
    readonly hookPoints: readonly HookPoint[];
  },
): HookPoint {
  const { nLayers, checkpoint, hookPoints } = model;
  if (typeof layer === 'string') {
    if (hookPoints.includes(layer)) return layer;
    throw unknownName('hook point', layer, hookPoints);
  }
  if (!Number.isInteger(layer) || layer < -nLayers || layer >= nLayers) {
    throw new UserError(`invalid layer ${layer}: ${checkpoint} has ${nLayers}`, {
      hint: `layers run from 0 to ${nLayers - 1}, or from -1 (the last) to ${-nLayers}`,
    });
  }
  return residualHook(layer, nLayers);
}

/** Run images float32 `[3, imageSize, imageSize]` and give what the model has at hook points. */
export async function runImages(
  backbone: VisionBackbone,
  images: readonly Float32Array[],
  hooks: readonly HookPoint[],
): Promise<Map<HookPoint, Tensor>> {
  const { imageSize } = backbone.config;
  const pixelsPerImage = 3 * imageSize * imageSize;
  const data = new Float32Array(images.length * pixelsPerImage);
  images.forEach((image, i) => {
    if (image.length !== pixelsPerImage) {
      throw new RangeError(`recorder: image of ${image.length} floats, expected ${pixelsPerImage}`);
    }
    data.set(image, i * pixelsPerImage);
  });
  const shape = [images.length, 3, imageSize, imageSize];
  return backbone.run({ data, shape }, { record: [...new Set(hooks)] });
}

/** Run a blank image, to learn what the model has at the points of layers. */
export function runBlankImage(
  backbone: VisionBackbone,
  layers: readonly Layer[],
): Promise<Map<HookPoint, Tensor>> {
  const { imageSize } = backbone.config;
  return runImages(backbone, [new Float32Array(3 * imageSize ** 2)], hooksOf(backbone, layers));
}

function hooksOf(backbone: VisionBackbone, layers: readonly Layer[]): HookPoint[] {
  const { checkpoint, hookPoints, config } = backbone;
  return layers.map((layer) =>
    layerHook(layer, { nLayers: config.nLayers, checkpoint, hookPoints }),
  );
}

/**
 * Prepare to record `layers` in this order, from images float32 `[3, imageSize, imageSize]`. The width of the hook points is
 * learnt from `blank`, by default from a run of one image.
 * @throws {UserError} for a layer that does not exist or is named twice, for layers of different widths, and for hook
 * points without a token axis.
 */
export async function imageRecorder(
  backbone: VisionBackbone,
  layers: readonly Layer[],
  blank?: ReadonlyMap<HookPoint, Tensor>,
): Promise<Recorder<Float32Array>> {
  if (layers.length === 0) throw new UserError('missing layers: name at least one to record');
  const { config } = backbone;
  const hooks = hooksOf(backbone, layers);
  const twice = hooks.findIndex((hook, i) => hooks.indexOf(hook) !== i);
  if (twice !== -1) {
    throw new UserError(
      `layers ${layers[hooks.indexOf(hooks[twice]!)]} and ${layers[twice]} are the same: ${hooks[twice]}`,
    );
  }
  const { hasCls, nPatches, nRegisters } = config;
  const tokens = recordedTokens(config);
  const allTokens = (hasCls ? 1 : 0) + nRegisters + nPatches;
  const seen = blank ?? (await runBlankImage(backbone, layers));
  const dModel = commonWidth(hooks, seen, allTokens);
  const take = (outputs: ReadonlyMap<HookPoint, Tensor>, n: number): { acts: Float32Array } => {
    const acts = new Float32Array(n * hooks.length * tokens.length * dModel);
    hooks.forEach((hook, layer) => {
      const { data } = outputs.get(hook)!;
      for (let i = 0; i < n; i++) {
        const to = (i * hooks.length + layer) * tokens.length * dModel;
        copyTokens(data, i * allTokens * dModel, tokens, dModel, acts, to);
      }
    });
    return { acts };
  };
  return {
    layers,
    nPatches,
    hasCls,
    dModel,
    hooks,
    take,
    run: async (images) => take(await runImages(backbone, images, hooks), images.length),
  };
}

/** Width of hook points, all of which have one row a token. */
function commonWidth(
  hooks: readonly HookPoint[],
  blank: ReadonlyMap<HookPoint, Tensor>,
  nTokens: number,
): number {
  const widths = hooks.map((hook) => {
    const { shape } = blank.get(hook)!;
    if (shape.length < 3 || shape[1] !== nTokens) {
      throw new UserError(`unsupported hook point to record: '${hook}' has no token axis`);
    }
    return shape.slice(2).reduce((a, b) => a * b, 1);
  });
  const dModel = widths[0]!;
  const other = widths.findIndex((width) => width !== dModel);
  if (other === -1) return dModel;
  throw new UserError(
    `layers of different widths cannot share a folder: ${hooks[0]} has ${dModel}, ${hooks[other]} has ${widths[other]}`,
  );
}

/** Copy the rows `tokens` (ascending) of `[tokens, dModel]`, neighbours in one piece. */
function copyTokens(
  data: Float32Array,
  from: number,
  tokens: readonly number[],
  dModel: number,
  out: Float32Array,
  to: number,
): void {
  for (let start = 0; start < tokens.length; ) {
    let end = start + 1;
    while (end < tokens.length && tokens[end] === tokens[end - 1]! + 1) end++;
    const first = from + tokens[start]! * dModel;
    out.set(data.subarray(first, first + (end - start) * dModel), to + start * dModel);
    start = end;
  }
}
