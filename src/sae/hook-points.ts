// Where in a model a coder reads and writes, as its checkpoint says.
import type { HookPoint } from '../backbones/hook-points.ts';
import { UserError } from '../base/errors.ts';
import type { CoderConfig } from './coder.ts';

/** The places of a coder in its model. */
export interface CoderHookPoints {
  /** Name of the model, where the checkpoint gives one: `gpt2`. */
  readonly model?: string;
  readonly input: HookPoint;
  /** What it reconstructs: the input again for an SAE. */
  readonly output: HookPoint;
  /** Block of the input. */
  readonly layer: number;
  /** Attention head, for coders of one head's activations. */
  readonly head?: number;
}

/** Names under which checkpoints say each thing: transcoder-circuits', SAELens', dictionary_learning's. */
const KEYS = {
  model: ['model_name', 'lm_name'],
  input: ['hook_point', 'hook_name'],
  output: ['out_hook_point', 'hook_name_out'],
  layer: ['hook_point_layer', 'hook_layer', 'layer'],
  outputLayer: ['out_hook_point_layer', 'hook_layer_out'],
  head: ['hook_point_head_index', 'hook_head_index'],
} as const;

/**
 * Read where a coder belongs from the metadata of its checkpoint. Throws a UserError when the checkpoint does not say,
 * or says two things at once; `name` is what the error calls it.
 */
export function hookPointsOf(
  { config }: { readonly config: CoderConfig },
  name = 'the coder',
): CoderHookPoints {
  const { metadata } = config;
  const layer = numberAt(metadata, KEYS.layer);
  const input = pointAt(metadata, KEYS.input, layer);
  if (input === undefined) throw missing('input', KEYS.input, name);
  const outputLayer = numberAt(metadata, KEYS.outputLayer) ?? layer;
  const named = pointAt(metadata, KEYS.output, outputLayer);
  const isTranscoder = metadata.is_transcoder === true || config.dIn !== config.dOut;
  if (isTranscoder && named === undefined) throw missing('output', KEYS.output, name);
  const block = blockOf(input);
  if (block !== undefined && layer !== undefined && block !== layer) {
    throw new UserError(`invalid checkpoint: ${name} reads '${input}', but its layer is ${layer}`);
  }
  const found = block ?? layer;
  if (found === undefined) throw missing('layer', KEYS.layer, name);
  return {
    model: stringAt(metadata, KEYS.model),
    input,
    output: isTranscoder ? named! : input,
    layer: found,
    head: numberAt(metadata, KEYS.head),
  };
}

/** The block that a hook point is in: 8 for `blocks.8.hook_mlp_out`; undefined outside the blocks. */
export function blockOf(point: HookPoint): number | undefined {
  const match = /^blocks\.(\d+)\./.exec(point);
  return match === null ? undefined : Number(match[1]);
}

/** A name, in which old files leave the place of the layer open: `blocks.{layer}.hook_resid_pre`. */
function pointAt(
  metadata: CoderConfig['metadata'],
  keys: readonly string[],
  layer: number | undefined,
): HookPoint | undefined {
  return stringAt(metadata, keys)?.replace('{layer}', String(layer ?? '{layer}'));
}

function stringAt(metadata: CoderConfig['metadata'], keys: readonly string[]): string | undefined {
  const value = keys.map((key) => metadata[key]).find((each) => typeof each === 'string');
  return value === '' ? undefined : value;
}

function numberAt(metadata: CoderConfig['metadata'], keys: readonly string[]): number | undefined {
  const isIndex = (each: unknown): boolean => Number.isInteger(each) && (each as number) >= 0;
  return keys.map((key) => metadata[key]).find(isIndex) as number | undefined;
}

function missing(what: string, keys: readonly string[], name: string): UserError {
  const place = what === 'layer' ? 'layer' : `${what} hook point`;
  return new UserError(`missing ${place}: ${name} does not say where in its model it belongs`, {
    hint: `its config names it ${keys.join(' or ')}`,
  });
}
