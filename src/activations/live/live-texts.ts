// Activations of texts straight from a language model: rows to train on without shards on disk, mixed as in the
// `ActivationsStore` of transcoder-circuits (sae_training/activations_store.py).
import type { LanguageBackbone } from '../../backbones/language/types.ts';
import { UserError } from '../../base/errors.ts';
import { othersThan } from '../reading/apart.ts';
import { selectRows } from '../reading/selection.ts';
import type { ReadOptions } from '../reading/shard-source.ts';
import type { HeadChoice } from '../recording/text-points.ts';
import { textRecorder } from '../recording/text-recorder.ts';
import type { Layer } from '../shards/metadata.ts';
import type { TextContexts } from '../types.ts';
import { type LiveExample, type LiveRowsOptions, liveRows } from './live-rows.ts';
import { BUFFER_BYTES, bytesPerExample, createLiveSource, type LiveSource } from './live-source.ts';

/** Runs of the model whose rows are mixed: the seed's `n_batches_in_buffer`. */
const RUNS_IN_BUFFER = 20;

/** A language model, its contexts, and which rows of them are wanted. */
export interface LiveTextsOptions
  extends Omit<ReadOptions, 'bufferBytes' | 'readBytes' | 'sampleSeed'> {
  readonly backbone: LanguageBackbone;
  readonly contexts: TextContexts;
  /** Contexts of one pass. */
  readonly nContexts: number;
  /** Attention head, for points that have several. */
  readonly head?: HeadChoice;
  /** Contexts a run of the model; resuming gives the same rows with the same number. @default 32 */
  readonly batchContexts?: number;
  /**
   * Contexts whose rows the mixing buffer holds; those of up to three runs of the model are in memory besides.
   * @default 20 runs of the model, or as many as fit 512 MiB
   */
  readonly bufferContexts?: number | undefined;
}

/**
 * Open contexts and a language model as a source of rows: one a position, BOS included. A mixed pass takes the contexts
 * in their own order and rows at random from a buffer that is filled up when it is half empty; it ends when all rows
 * were given once. `skipBatches` replays that order without the model, then runs only the contexts still needed.
 * The backbone stays the caller's to close.
 *
 * @throws {UserError} for hook points, heads and contexts that the model does not have.
 */
export async function liveTexts(options: LiveTextsOptions): Promise<LiveSource> {
  const { backbone, contexts, nContexts, batchContexts = 32 } = options;
  const { patches = 'patches', layer = -2, target, head, signal } = options;
  const { contextSize } = contexts;
  const isEvery = layer === 'all' || layer === 'meanpool';
  if (target !== undefined && (isEvery || target === layer)) {
    throw new UserError(`invalid target ${target} for layer ${layer}`, {
      hint: 'a target needs another, single layer to be reconstructed from',
    });
  }
  const blocks = Array.from({ length: backbone.config.nLayers }, (_, i) => i);
  const layers: readonly Layer[] = isEvery ? blocks : [layer];
  const recorder = await textRecorder(backbone, { layers, target, head, contextSize });
  const tokens = { nPatches: contextSize, hasCls: false };
  const { notInMean, chooseRows } = options;
  const rows = selectRows({ layers, ...tokens }, { patches, layer, notInMean });
  // Targets are one layer by themselves.
  const targets =
    target === undefined
      ? undefined
      : selectRows({ layers: [target], ...tokens }, { patches, layer: target, notInMean }).sources;
  const { dModel, dTarget } = recorder;
  const width = { dModel, dTarget, selection: { ...rows, targets } };
  const filter = await chooseRows?.(width.selection);

  // Where some are left out, those that remain are run together.
  const { leaveOut } = options;
  const members = othersThan(leaveOut ?? [], nContexts);
  const leftOut = new Set(leaveOut);
  const isMember = (example: number): boolean => example < nContexts && !leftOut.has(example);

  async function* run(
    examples: Iterable<number>,
    scaling: LiveRowsOptions<never>['scaling'],
    runSignal: AbortSignal | undefined,
  ): AsyncGenerator<LiveExample, void> {
    const wanted = Uint32Array.from(examples).sort().filter(isMember);
    const all = liveRows(batchesOf(wanted, { contexts, members, size: batchContexts }), {
      ...width,
      noun: 'context',
      scaling,
      signal: runSignal,
      runModel: (items) => recorder.run(items.map((item) => item.tokens)),
    });
    let next = 0;
    for await (const item of all) {
      if (item.example !== wanted[next]) continue;
      next++;
      yield item;
    }
  }

  const fit = Math.floor(BUFFER_BYTES / bytesPerExample(width));
  const bufferExamples =
    options.bufferContexts ?? Math.max(1, Math.min(RUNS_IN_BUFFER * batchContexts, fit));
  const feed = {
    ...width,
    filter,
    noun: 'context',
    nExamples: nContexts,
    contexts,
    run,
    order: (examples: Uint32Array) => examples,
    sample: (examples: Uint32Array, n: number) => examples.slice(0, n),
    bufferExamples,
    aheadExamples: batchContexts,
  };
  return createLiveSource(feed, { ...options, signal });
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
  }: Pick<LiveTextsOptions, 'contexts'> & { readonly members: Uint32Array; readonly size: number },
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
