// Records the activations of texts to the same shards as those of images: positions in place of patches, no CLS.
import type { LanguageBackbone } from '../../backbones/language/types.ts';
import { UserError } from '../../base/errors.ts';
import { dataclassRepr, PyRepr, type ReprValue } from '../../formats/python/python-repr.ts';
import { keepContexts, type RecordedTexts } from '../shards/context-files.ts';
import type { ShardDtype } from '../shards/dtypes.ts';
import { type Layer, storedAs } from '../shards/metadata.ts';
import type { RecordingOrigin } from '../shards/origin.ts';
import { type RecordSummary, recordExamples } from './record-loop.ts';
import type { HeadChoice } from './text-points.ts';
import { textRecorder } from './text-recorder.ts';

/** What to record, from which model and contexts, and to where. */
export interface RecordTextsOptions {
  readonly backbone: LanguageBackbone;
  /** What the contexts were made of. The metadata, and so the folder's name, depends on it. */
  readonly texts: RecordedTexts;
  /** Tokens of a context, int32 `[contextSize]`. */
  readonly tokens: (context: number) => Promise<Int32Array>;
  /** Residual streams by number and hook points by name, all of one width. */
  readonly layers: readonly Layer[];
  /** Attention head, for points that have several. */
  readonly head?: HeadChoice;
  /** The shard folder is made in here, named after the metadata. */
  readonly dumpTo: string;
  /** How numbers stand on disk. @default 'float32' */
  readonly dtype?: ShardDtype;
  /** Activations a shard file. @default 2_400_000 */
  readonly maxTokensPerShard?: number;
  /** Contexts a run of the model; resuming gives the same bytes with the same number. @default 32 */
  readonly batchContexts?: number;
  /** Metadata field; recording itself draws no random numbers. @default 42 */
  readonly seed?: number;
  /** Width that the points are known to have; another is an error. */
  readonly dModel?: number | undefined;
  /** What tells the model from others; texts are told by their tokens. */
  readonly origin?: () => Promise<RecordingOrigin>;
  /** Record again where the folder is already complete or was begun. */
  readonly overwrite?: boolean;
  /** Stop between two batches; what was recorded stays, and the next call goes on after it. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Record the activations of `layers` for every context, BOS included, and beside them the contexts' tokens.
 *
 * @throws {UserError} for points that do not exist or are of different widths, when the texts are no longer those that
 * the recording was begun with, and when the model gives NaN or infinity.
 */
export async function recordTexts(options: RecordTextsOptions): Promise<RecordSummary> {
  const { backbone, texts, tokens, layers, head, batchContexts = 32, signal } = options;
  const { contextSize, nContexts } = texts;
  signal?.throwIfAborted();
  const recorder = await textRecorder(backbone, { layers, head, contextSize });
  const { dModel } = recorder;
  if (options.dModel !== undefined && options.dModel !== dModel) {
    throw new UserError(`invalid dVit: ${options.dModel}, and ${layers.join(', ')} has ${dModel}`, {
      hint: 'leave dVit out, and it is read from the model',
    });
  }
  return recordExamples({
    noun: 'context',
    metadata: {
      protocol: 'saev',
      family: backbone.config.architecture,
      checkpoint: backbone.checkpoint,
      layers: recorder.layers,
      nPatches: contextSize,
      hasCls: false,
      dModel,
      nExamples: nContexts,
      maxTokensPerShard: options.maxTokensPerShard ?? 2_400_000,
      data: describeTexts(texts, batchContexts),
      seed: options.seed ?? 42,
      ...storedAs(options.dtype),
    },
    dumpTo: options.dumpTo,
    examples: async function* (from) {
      for (let index = from; index < nContexts; index++) {
        yield { index, tokens: await tokens(index) };
      }
    },
    run: (items) => recorder.run(items.map((item) => item.tokens)),
    batchSize: batchContexts,
    prepare: (folder) => keepContexts(folder, texts, tokens),
    origin: options.origin,
    overwrite: options.overwrite,
    signal,
  });
}

/** Name the contexts in metadata as Python would a dataclass. Batches count: they decide where a text is cut. */
function describeTexts({ texts, ...options }: RecordedTexts, batchContexts: number): string {
  return dataclassRepr('Texts', {
    texts: new PyRepr(dataclassRepr('TextConfig', texts as Record<string, ReprValue>)),
    tokenizer: options.tokenizer,
    processing: options.processing,
    packing: options.packing,
    prepend_bos: options.prependBos,
    batch_contexts: batchContexts,
  });
}
