// Runs a language model over contexts and keeps the activations that are wanted, as rows of a slab.
import type { HookPoint } from '../../backbones/hook-points.ts';
import type { LanguageBackbone, RecordOptions } from '../../backbones/language/types.ts';
import type { Tensor } from '../../backbones/types.ts';
import { UserError } from '../../base/errors.ts';
import type { Layer } from '../shards/metadata.ts';
import type { Recorder, RunActivations } from './run-batches.ts';
import {
  copyPoint,
  type HeadChoice,
  recordedName,
  stopBehind,
  type TextPoint,
  textPoints,
} from './text-points.ts';

/** Which hook points to read, and of how long contexts. */
interface TextRecorderOptions {
  readonly layers: readonly Layer[];
  /** Point that rows are to be reconstructed as. */
  readonly target?: Layer | undefined;
  readonly head?: HeadChoice;
  readonly contextSize: number;
  /** What a run of one token gave at these points (see `runOneToken`); unset: it is run. */
  readonly seen?: ReadonlyMap<HookPoint, Tensor>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Prepare to read `layers`, in this order, from contexts `[contextSize]`: all points in one run of the model, which
 * ends behind the last of them.
 * @throws {UserError} for points that do not exist or are named twice, for points of different widths, and for contexts
 * longer than the model's.
 */
export async function textRecorder(
  backbone: LanguageBackbone,
  options: TextRecorderOptions,
): Promise<Recorder<Int32Array>> {
  const { layers, target, contextSize, signal } = options;
  checkContextSize(contextSize, backbone);
  const all = target === undefined ? layers : [...layers, target];
  const points = await textPoints(backbone, all, options.head, options.seen);
  const hooks = points.map(({ hook }) => hook);
  const inputs = points.slice(0, layers.length);
  const targetPoint = target === undefined ? undefined : points.at(-1);
  const dModel = widthOf(inputs);
  const take = (outputs: ReadonlyMap<HookPoint, Tensor>, n: number): RunActivations => {
    const stride = contextSize * dModel;
    const acts = new Float32Array(n * inputs.length * stride);
    for (const [i, point] of inputs.entries()) {
      const place = { at: i * stride, stride: inputs.length * stride };
      copyPoint(point, outputs.get(point.hook)!, acts, place);
    }
    if (targetPoint === undefined) return { acts };
    const length = contextSize * targetPoint.width;
    const targets = new Float32Array(n * length);
    copyPoint(targetPoint, outputs.get(targetPoint.hook)!, targets, { at: 0, stride: length });
    return { acts, targets };
  };
  return {
    layers: layers.map((layer, i) => recordedName(layer, inputs[i]!)),
    nPatches: contextSize,
    hasCls: false,
    dModel,
    dTarget: targetPoint?.width,
    hooks,
    take,
    run: async (contexts) =>
      take(await runContexts(backbone, contexts, hooks, signal && { signal }), contexts.length),
  };
}

/** Run contexts and give what the model has at hook points: it ends behind the last of them. */
export function runContexts(
  backbone: LanguageBackbone,
  contexts: readonly Int32Array[],
  hooks: readonly HookPoint[],
  options: Pick<RecordOptions, 'signal'> = {},
): Promise<Map<HookPoint, Tensor>> {
  const record = [...new Set(hooks)];
  return backbone.run(contexts, { record, ...stopBehind(record), ...options });
}

/** Refuse contexts that the model cannot take. @throws {UserError} when they are longer than its own. */
export function checkContextSize(
  contextSize: number,
  { config, checkpoint }: Pick<LanguageBackbone, 'config' | 'checkpoint'>,
): void {
  if (contextSize <= config.nCtx) return;
  throw new UserError(
    `invalid contextSize ${contextSize}: the context of '${checkpoint}' is ${config.nCtx} tokens`,
    { hint: `give a contextSize of at most ${config.nCtx}` },
  );
}

function widthOf(points: readonly TextPoint[]): number {
  const [first] = points;
  if (first === undefined) throw new UserError('missing layers: name at least one to record');
  const names = points.map(({ hook }) => hook);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new UserError(`layer ${twice} is named twice`);
  const other = points.find(({ width }) => width !== first.width);
  if (other === undefined) return first.width;
  throw new UserError(
    `layers of different widths cannot share a folder: ${first.hook} has ${first.width}, ${other.hook} has ${other.width}`,
    { hint: 'record them separately' },
  );
}
