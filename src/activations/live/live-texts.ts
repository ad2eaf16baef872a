// Activations of texts straight from a language model: rows to train on without shards on disk, mixed as in the
// `ActivationsStore` of transcoder-circuits (sae_training/activations_store.py).
import type { HookPoint } from '../../backbones/hook-points.ts';
import type { LanguageBackbone } from '../../backbones/language/types.ts';
import type { Tensor } from '../../backbones/types.ts';
import { UserError } from '../../base/errors.ts';
import { othersThan } from '../reading/apart.ts';
import { selectRows } from '../reading/selection.ts';
import type { ReadOptions } from '../reading/shard-source.ts';
import { type HeadChoice, runOneToken } from '../recording/text-points.ts';
import { runContexts, textRecorder } from '../recording/text-recorder.ts';
import type { Layer } from '../shards/metadata.ts';
import type { TextContexts } from '../types.ts';
import {
  BUFFER_BYTES,
  bytesPerExample,
  hooksOf,
  type LiveFeed,
  type LiveView,
  type ScaledView,
} from './live-feed.ts';
import { type LiveExample, liveRows } from './live-rows.ts';
import { createLiveSources, type LiveSource, type WantedView } from './live-source.ts';

/** Runs of the model whose rows are mixed: the seed's `n_batches_in_buffer`. */
const RUNS_IN_BUFFER = 20;

/** Which rows of contexts are wanted, and how they are scaled. */
export interface TextSelection
  extends Pick<
    ReadOptions,
    | 'patches'
    | 'layer'
    | 'target'
    | 'clamp'
    | 'scaleMean'
    | 'scaleNorm'
    | 'scaling'
    | 'nRandomSamples'
    | 'chooseRows'
    | 'notInMean'
  > {
  /** Attention head, for points that have several. */
  readonly head?: HeadChoice;
}

/** A language model and its contexts. */
export interface LiveTextsModel extends Pick<ReadOptions, 'heldOut' | 'leaveOut' | 'signal'> {
  readonly backbone: LanguageBackbone;
  readonly contexts: TextContexts;
  /** Contexts of one pass. */
  readonly nContexts: number;
  /** Contexts a run of the model; resuming gives the same rows with the same number. @default 32 */
  readonly batchContexts?: number;
  /**
   * Contexts whose rows the mixing buffer holds; those of up to three runs of the model are in memory besides.
   * @default 20 runs of the model, or as many as fit 512 MiB
   */
  readonly bufferContexts?: number | undefined;
}

/** A language model, its contexts, and which rows of them are wanted. */
export interface LiveTextsOptions extends LiveTextsModel, TextSelection {}

/**
 * Open contexts and a language model as a source of rows: one a position, BOS included. A mixed pass takes the contexts
 * in their own order and rows at random from a buffer that is filled up when it is half empty; it ends when all rows
 * were given once. `skipBatches` replays that order without the model, then runs only the contexts still needed.
 * The backbone stays the caller's to close.
 *
 * @throws {UserError} for hook points, heads and contexts that the model does not have.
 */
export async function liveTexts(options: LiveTextsOptions): Promise<LiveSource> {
  const [source] = await liveTextsTogether(options, [options]);
  return source!;
}

/**
 * Open contexts and a language model as a source of each of several selections, all from one run of the model where they are
 * read together.
 * @throws {UserError} as {@link liveTexts} does.
 */
export async function liveTextsTogether(
  model: LiveTextsModel,
  selections: readonly TextSelection[],
): Promise<LiveSource[]> {
  const { backbone, contexts, nContexts, batchContexts = 32, leaveOut } = model;
  const all = selections.flatMap((selection) => {
    const { layers, target } = placesOf(selection, backbone);
    return target === undefined ? layers : [...layers, target];
  });
  const seen = await runOneToken(backbone, all);
  const wanted: WantedView[] = [];
  for (const selection of selections) {
    wanted.push({ view: await viewOf(selection, model, seen), choice: selection });
  }

  // Where some are left out, those that remain are run together.
  const members = othersThan(leaveOut ?? [], nContexts);
  const leftOut = new Set(leaveOut);
  const isMember = (example: number): boolean => example < nContexts && !leftOut.has(example);

  async function* run(
    examples: Iterable<number>,
    views: readonly ScaledView[],
    signal: AbortSignal | undefined,
  ): AsyncGenerator<LiveExample, void> {
    const asked = Uint32Array.from(examples).sort().filter(isMember);
    const batches = batchesOf(asked, { contexts, members, size: batchContexts });
    const hooks = hooksOf(views);
    const rows = liveRows(batches, {
      views,
      async runModel(items) {
        const tokens = items.map((item) => item.tokens);
        const outputs = await runContexts(backbone, tokens, hooks);
        return views.map((view) => view.take(outputs, items.length));
      },
      noun: 'context',
      signal,
    });
    let next = 0;
    for await (const item of rows) {
      if (item.example !== asked[next]) continue;
      next++;
      yield item;
    }
  }

  const feed: LiveFeed = {
    noun: 'context',
    nExamples: nContexts,
    contexts,
    run,
    order: (examples) => examples,
    sample: (examples, n) => examples.slice(0, n),
    aheadOf: () => batchContexts,
  };
  return createLiveSources(feed, wanted, model);
}

/** Layers that a selection reads, and its target. */
function placesOf(
  { layer = -2, target }: TextSelection,
  { config }: LanguageBackbone,
): { readonly layers: readonly Layer[]; readonly target: Layer | undefined } {
  const isEvery = layer === 'all' || layer === 'meanpool';
  if (target !== undefined && (isEvery || target === layer)) {
    throw new UserError(`invalid target ${target} for layer ${layer}`, {
      hint: 'a target needs another, single layer to be reconstructed from',
    });
  }
  const blocks = Array.from({ length: config.nLayers }, (_, i) => i);
  return { layers: isEvery ? blocks : [layer], target };
}

async function viewOf(
  choice: TextSelection,
  { backbone, contexts, batchContexts = 32, bufferContexts }: LiveTextsModel,
  seen: ReadonlyMap<HookPoint, Tensor>,
): Promise<LiveView> {
  const { patches = 'patches', layer = -2, head, notInMean, chooseRows } = choice;
  const { contextSize } = contexts;
  const { layers, target } = placesOf(choice, backbone);
  const recorder = await textRecorder(backbone, { layers, target, head, contextSize, seen });
  const { dModel, dTarget, hooks, take } = recorder;
  const tokens = { nPatches: contextSize, hasCls: false };
  const rows = selectRows({ layers, ...tokens }, { patches, layer, notInMean });
  // Targets are one layer by themselves.
  const targets =
    target === undefined
      ? undefined
      : selectRows({ layers: [target], ...tokens }, { patches, layer: target, notInMean }).sources;
  const selection = { ...rows, targets };
  const width = { dModel, dTarget, selection };
  const fit = Math.floor(BUFFER_BYTES / bytesPerExample(width));
  const bufferExamples =
    bufferContexts ?? Math.max(1, Math.min(RUNS_IN_BUFFER * batchContexts, fit));
  return { ...width, filter: await chooseRows?.(selection), bufferExamples, hooks, take };
}

interface ContextItem {
  readonly index: number;
  readonly tokens: Int32Array;
}

/**
 * Batches that hold the ascending contexts `wanted` of the ascending `members`. They fall as in a whole pass, so that resuming
 * runs the model on the same batches: in others it may round differently.
 */
async function* batchesOf(
  wanted: Uint32Array,
  {
    contexts,
    members,
    size,
  }: Pick<LiveTextsModel, 'contexts'> & { readonly members: Uint32Array; readonly size: number },
): AsyncGenerator<readonly ContextItem[], void> {
  let place = 0;
  for (let next = 0; next < wanted.length; ) {
    while (members[place]! < wanted[next]!) place++;
    const first = place - (place % size);
    const together = members.subarray(first, first + size);
    while (next < wanted.length && wanted[next]! <= together.at(-1)!) next++;
    const batch: ContextItem[] = [];
    for (const index of together) batch.push({ index, tokens: await contexts.tokens(index) });
    yield batch;
  }
}
