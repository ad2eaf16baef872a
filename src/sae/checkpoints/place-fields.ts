// Where in a model a coder belongs, from and to the fields that checkpoints have for it.
import { blocksUpTo, type HookPoint, parseHook } from '../../backbones/hook-points.ts';
import { type CoderConfig, type CoderPlace, isTranscoder } from '../coder.ts';

/** Names of those fields, the preferred first: transcoder-circuits', SAELens', dictionary_learning's. */
export const PLACE_FIELDS = {
  model: ['model_name', 'lm_name'],
  input: ['hook_point', 'hook_name'],
  output: ['out_hook_point', 'hook_name_out'],
  layer: ['hook_point_layer', 'hook_layer', 'layer'],
  outputLayer: ['out_hook_point_layer', 'hook_layer_out'],
  head: ['hook_point_head_index', 'hook_head_index'],
} as const;

/** In both programs' configs the place of a coder stands before what the texts were. */
const NEXT_FIELD = 'context_size';

/**
 * Add to a config what its metadata, as a file gave it, says of the coder's place. The metadata stays as it is, so that
 * the file can be written again. A config that says `isTranscoder` by itself is believed.
 */
export function withPlace(config: CoderConfig): CoderConfig {
  const { metadata } = config;
  const flagged: CoderConfig =
    config.isTranscoder === true || metadata.is_transcoder === true
      ? { ...config, isTranscoder: true }
      : config;
  const place = placeIn(metadata, isTranscoder(flagged));
  return Object.values(place).every((each) => each === undefined) ? flagged : { ...flagged, place };
}

/**
 * A coder's metadata with its place, under the names of SAELens and of transcoder-circuits, whose programs look for
 * them. Metadata that says the same already stays as it is.
 */
export function metadataWithPlace(config: CoderConfig): Record<string, unknown> {
  const { metadata, place } = config;
  const transcodes = isTranscoder(config);
  const isSaid = place === undefined || isSame(placeIn(metadata, transcodes), place);
  const fields = {
    ...(isSaid ? {} : placeFields(place, transcodes)),
    ...(config.isTranscoder === true ? { is_transcoder: true } : {}),
  };
  const entries = Object.entries({ ...metadata, ...pick(fields, (key) => key in metadata) });
  const added = Object.entries(pick(fields, (key) => !(key in metadata)));
  const next = entries.findIndex(([key]) => key === NEXT_FIELD);
  entries.splice(next === -1 || isSaid ? entries.length : next, 0, ...added);
  return Object.fromEntries(entries);
}

function placeIn(metadata: CoderConfig['metadata'], transcodes: boolean): Partial<CoderPlace> {
  const layer = numberAt(metadata, PLACE_FIELDS.layer);
  const outputLayer = numberAt(metadata, PLACE_FIELDS.outputLayer) ?? layer;
  const input = pointAt(metadata, PLACE_FIELDS.input, layer);
  return {
    model: textAt(metadata, PLACE_FIELDS.model),
    input,
    // An autoencoder reconstructs what it reads, whatever output its config names.
    output: transcodes ? pointAt(metadata, PLACE_FIELDS.output, outputLayer) : input,
    layer: layer ?? parseHook(input ?? '')?.layer,
    head: numberAt(metadata, PLACE_FIELDS.head),
  };
}

function placeFields(
  { model, input, output, layer, head }: Partial<CoderPlace>,
  transcodes: boolean,
): Record<string, unknown> {
  const inputLayer = layer ?? layerOf(input) ?? null;
  const outputLayer = layerOf(output);
  return {
    ...(model === undefined ? {} : { model_name: model }),
    hook_name: input,
    hook_point: input,
    hook_layer: inputLayer,
    hook_point_layer: inputLayer,
    hook_head_index: head ?? null,
    hook_point_head_index: head ?? null,
    is_transcoder: transcodes,
    ...(transcodes
      ? {
          hook_name_out: output,
          out_hook_point: output,
          ...(outputLayer === undefined
            ? {}
            : { hook_layer_out: outputLayer, out_hook_point_layer: outputLayer }),
        }
      : {}),
  };
}

/** Block of a point; 0 for the embeddings, which the first block reads. */
function layerOf(point: HookPoint = ''): number | undefined {
  return parseHook(point)?.layer ?? (blocksUpTo(point) === 0 ? 0 : undefined);
}

function isSame(a: Partial<CoderPlace>, b: Partial<CoderPlace>): boolean {
  const keys = ['model', 'input', 'output', 'layer', 'head'] as const;
  return keys.every((key) => a[key] === b[key]);
}

function pick(
  fields: Readonly<Record<string, unknown>>,
  isWanted: (key: string) => boolean,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([key]) => isWanted(key)));
}

/** A name, in which old files leave the place of the layer open: `blocks.{layer}.hook_resid_pre`. */
function pointAt(
  metadata: CoderConfig['metadata'],
  keys: readonly string[],
  layer: number | undefined,
): HookPoint | undefined {
  return textAt(metadata, keys)?.replace('{layer}', String(layer ?? '{layer}'));
}

function textAt(metadata: CoderConfig['metadata'], keys: readonly string[]): string | undefined {
  const value = keys.map((key) => metadata[key]).find((each) => typeof each === 'string');
  return value === '' ? undefined : value;
}

function numberAt(metadata: CoderConfig['metadata'], keys: readonly string[]): number | undefined {
  const isIndex = (each: unknown): boolean => Number.isInteger(each) && (each as number) >= 0;
  return keys.map((key) => metadata[key]).find(isIndex) as number | undefined;
}
