// Training on texts: the language model behind the activations, and where in it the coder belongs.
import type { DataLoad } from '../../activations/config.ts';
import type { OpenedSource } from '../../activations/open-options.ts';
import { othersThan } from '../../activations/reading/apart.ts';
import { layerHook } from '../../activations/recording/image-recorder.ts';
import type { ActivationSource, TextContexts } from '../../activations/types.ts';
import { blocksUpTo, type HookPoint, parseHook } from '../../backbones/hook-points.ts';
import { openLanguageModel } from '../../backbones/language/open.ts';
import type { LanguageBackbone } from '../../backbones/language/types.ts';
import { UserError } from '../../base/errors.ts';
import { logger } from '../../base/log.ts';
import type { CoderPlace } from '../../sae/coder.ts';

const log = logger('train');

/** Contexts by number, in an order of their own. */
export interface SomeContexts {
  readonly contexts: Pick<TextContexts, 'tokens'>;
  readonly nContexts: number;
}

/** A model that can be run again on the contexts that a source's rows come from. */
export interface TextModelOfRows {
  readonly backbone: LanguageBackbone;
  /** The contexts of the rows, those that are not trained on included. */
  readonly contexts: TextContexts;
  /** Contexts that are trained on: those from number `from`. */
  readonly trained: SomeContexts & { readonly from: number };
  /** Contexts that coders are evaluated on, from the first; so many at the beginning are not trained on. */
  readonly evaluated: SomeContexts & { readonly nHeldOut: number };
  /** Contexts in one run of the model. */
  readonly batchContexts: number;
  readonly place: CoderPlace;
  close(): Promise<void>;
}

/** A source, what is validated on, and the model of its rows where one is open. */
export interface OpenedRows extends Pick<OpenedSource, 'source' | 'validation'> {
  readonly language?: { readonly backbone: LanguageBackbone } | undefined;
}

/**
 * Find the model of a source of texts: the one that runs along, or, for recorded texts, the one that they were recorded
 * with. Undefined for images, and, with a warning, where that model can no longer be opened.
 */
export async function openModelOfRows(
  data: DataLoad,
  { source, language, validation }: OpenedRows,
  options: { threads?: number; signal?: AbortSignal },
): Promise<TextModelOfRows | undefined> {
  const { contexts, nExamples } = source;
  if (contexts === undefined) return undefined;
  const rest = {
    contexts,
    ...dividedContexts({ contexts, nExamples, heldOut: source.heldOut }, validation),
    batchContexts: data.language?.batchContexts ?? 32,
  };
  if (language !== undefined) {
    const { backbone } = language;
    return {
      ...rest,
      backbone,
      place: { model: contexts.model, ...placeOf(data, backbone) },
      close: async () => undefined,
    };
  }
  let backbone: LanguageBackbone;
  try {
    const { signal, threads } = options;
    backbone = await openLanguageModel(contexts.model, {
      processing: contexts.processing,
      tokenizer: false,
      threads,
      signal,
    });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    log.warn(
      `the model of the recorded texts cannot be opened, so its loss is not measured: ${error.message}`,
    );
    return undefined;
  }
  return {
    ...rest,
    backbone,
    place: { model: contexts.model, ...placeOf(data, backbone) },
    close: () => backbone.close(),
  };
}

/** Tell contexts to train on from those to evaluate on: what is validated on, or the first ones where they are held out. */
function dividedContexts(
  {
    contexts,
    nExamples,
    heldOut = 0,
  }: Pick<ActivationSource, 'nExamples' | 'heldOut'> & {
    readonly contexts: TextContexts;
  },
  validation: OpenedSource['validation'],
): Pick<TextModelOfRows, 'trained' | 'evaluated'> {
  const all = { contexts, nContexts: nExamples };
  const trained = { ...all, from: heldOut };
  const theirs = validation?.source.contexts;
  if (validation === undefined || theirs === undefined) {
    return { trained, evaluated: { ...all, nHeldOut: heldOut } };
  }
  const { from, examples } = validation;
  const apart = someOf(theirs, examples);
  return {
    trained:
      from === 'share'
        ? { ...someOf(contexts, othersThan(examples, nExamples)), from: 0 }
        : trained,
    evaluated: { ...apart, nHeldOut: apart.nContexts },
  };
}

function someOf({ tokens }: Pick<TextContexts, 'tokens'>, examples: Uint32Array): SomeContexts {
  return {
    contexts: { tokens: (i) => tokens(examples[i]!) },
    nContexts: examples.length,
  };
}

/** Name the hook points that a coder of these activations reads and reconstructs. */
export function placeOf(
  data: Pick<DataLoad, 'layer' | 'target' | 'head'>,
  backbone: LanguageBackbone,
): CoderPlace {
  const { config, checkpoint, hookPoints, optionalHookPoints } = backbone;
  const model = {
    nLayers: config.nLayers,
    checkpoint,
    hookPoints: [...hookPoints, ...optionalHookPoints],
  };
  // Recorded heads are named like elements: blocks.0.attn.hook_z[3].
  const parts = (layer: number | string): { layer: number | string; head?: number } => {
    const [, point, head] = /^(.+)\[(\d+)\]$/.exec(String(layer)) ?? [];
    return point === undefined ? { layer } : { layer: point, head: Number(head) };
  };
  const from = parts(data.layer);
  const input = layerHook(from.layer, model);
  const output = data.target === undefined ? input : layerHook(parts(data.target).layer, model);
  const head = typeof data.head === 'number' ? data.head : from.head;
  const layer = layerOf(input, config.nLayers);
  return { input, output, layer, ...(head === undefined ? {} : { head }) };
}

/** Token ids of `count` contexts from `first` on, going round at the end, to `from`. */
export async function readTokens(
  { contexts, nContexts }: SomeContexts,
  first: number,
  count: number,
  { from = 0 }: { readonly from?: number } = {},
): Promise<Int32Array[]> {
  const tokens: Int32Array[] = [];
  for (let i = 0; i < count; i++) {
    tokens.push(await contexts.tokens(from + ((first - from + i) % (nContexts - from))));
  }
  return tokens;
}

/** Block of a hook point; 0 for the embeddings, which the first block reads, and `nLayers` behind the last one. */
function layerOf(point: HookPoint, nLayers: number): number {
  return parseHook(point)?.layer ?? Math.min(blocksUpTo(point), nLayers);
}
