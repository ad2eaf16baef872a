// Everything that is written into the residual stream, as rows that a gradient is multiplied with.
import type { LanguageBackbone } from '../../backbones/language/types.ts';
import { UserError } from '../../base/errors.ts';
import { number } from '../../base/text.ts';
import type { NodeKind } from '../graph/graph.ts';
import type { PlacedCoder } from '../transcoders.ts';
import type { FrozenAttention } from './frozen-model.ts';
import type { BlockState, PromptState } from './prompt-state.ts';

/** What is written at one position by the embedding or by one MLP; its sources are consecutive. */
export interface SourceBlock {
  readonly position: number;
  /** Number of the first source. */
  readonly start: number;
  readonly count: number;
  /** What each source writes, `[count, dModel]`: a feature's is its activation times its decoder row. */
  readonly rows: Float32Array;
}

/** A bias that is written at every position. */
export interface BiasSource {
  readonly source: number;
  readonly vector: Float32Array;
}

/** One source. */
export interface Source {
  readonly kind: Extract<NodeKind, 'feature' | 'error' | 'token' | 'position' | 'bias'>;
  /** Block that writes it; −1 for embeddings. */
  readonly layer: number;
  readonly position?: number;
  readonly feature?: number;
  readonly bias?: 'b_O' | 'b_dec';
}

/** The sources of a prompt, numbered from 0. */
export interface Sources {
  readonly count: number;
  readonly nFeatures: number;
  readonly embedding: readonly SourceBlock[];
  /** By layer. */
  readonly mlp: readonly (readonly SourceBlock[])[];
  readonly attentionBias: readonly BiasSource[];
  readonly decoderBias: readonly (BiasSource | undefined)[];
  at(source: number): Source;
  /** Number of a feature that fires; undefined where it does not. */
  featureSource(layer: number, position: number, feature: number): number | undefined;
  /** Whether a source is a feature. */
  isFeature(source: number): boolean;
}

/** Most numbers in the rows of all sources: 2 GiB. */
const MOST_NUMBERS = 2 ** 29;

/**
 * List the sources of a prompt.
 *
 * @throws {UserError} when so many features fire that memory would not hold them.
 */
export function sourcesOf(
  { config: { dModel } }: LanguageBackbone,
  state: PromptState,
  attention: readonly FrozenAttention[],
): Sources {
  const nFeatures = state.blocks.reduce(
    (sum, { transcoder }) => sum + (transcoder?.codes.index.length ?? 0),
    0,
  );
  if (nFeatures * dModel > MOST_NUMBERS) {
    throw new UserError(`unsupported prompt: ${number(nFeatures)} features fire on it`, {
      hint: 'a shorter prompt, or transcoders that are sparser, would do',
    });
  }
  const all: Source[] = [];
  const positions = [...state.tokens.keys()];

  const embedding = positions.map((position): SourceBlock => {
    const start = all.length;
    const parts = [state.embedding, state.positionEmbedding].filter((part) => part !== undefined);
    all.push({ kind: 'token', layer: -1, position });
    if (parts.length > 1) all.push({ kind: 'position', layer: -1, position });
    const rows = new Float32Array(parts.length * dModel);
    parts.forEach((part, i) => {
      rows.set(rowAt(part, position, dModel), i * dModel);
    });
    return { position, start, count: parts.length, rows };
  });
  const mlp = state.blocks.map((block, layer) =>
    block.mlpOut === undefined
      ? []
      : positions.map((position): SourceBlock => {
          const start = all.length;
          const rows = writtenByMlp(block, position, dModel);
          const count = rows.length / dModel;
          for (let i = 0; i < count - 1; i++) {
            const { codes } = block.transcoder!;
            const feature = codes.index[codes.rowStart[position]! + i]!;
            all.push({ kind: 'feature', layer, position, feature });
          }
          all.push({ kind: 'error', layer, position });
          return { position, start, count, rows };
        }),
  );
  const bias = (layer: number, name: 'b_O' | 'b_dec', vector: Float32Array): BiasSource => {
    all.push({ kind: 'bias', layer, bias: name });
    return { source: all.length - 1, vector };
  };
  const attentionBias = attention.map((part, layer) => bias(layer, 'b_O', part.bias));
  const decoderBias = state.blocks.map(({ transcoder }, layer) =>
    transcoder === undefined ? undefined : bias(layer, 'b_dec', outputBias(transcoder.coder)),
  );

  return {
    count: all.length,
    nFeatures,
    embedding,
    mlp,
    attentionBias,
    decoderBias,
    at: (source) => all[source]!,
    isFeature: (source) => all[source]?.kind === 'feature',
    featureSource(layer, position, feature) {
      const block = mlp[layer]?.[position];
      const codes = state.blocks[layer]?.transcoder?.codes;
      if (block === undefined || codes === undefined) return undefined;
      const first = codes.rowStart[position]!;
      const i = codes.index.subarray(first, codes.rowStart[position + 1]).indexOf(feature);
      return i < 0 ? undefined : block.start + i;
    },
  };
}

/** What a transcoder adds wherever it looks: b_dec, less what a skip connection makes of the mean of its inputs. */
function outputBias({ weights, config }: PlacedCoder): Float32Array {
  const { bDec, wSkip } = weights;
  const { mean, scale = 1 } = config.normalization ?? {};
  if (wSkip === undefined || mean === undefined) return bDec;
  const { dIn } = config;
  return bDec.map((b, j) => {
    const row = wSkip.subarray(j * dIn, (j + 1) * dIn);
    return b - row.reduce((sum, w, i) => sum + (w * mean[i]!) / scale, 0);
  });
}

/** The features of a position and the error behind them; without a transcoder all of the MLP's output is error. */
function writtenByMlp(
  { mlpOut, transcoder }: BlockState,
  position: number,
  dModel: number,
): Float32Array {
  if (transcoder === undefined) return rowAt(mlpOut!, position, dModel).slice();
  const { codes, coder, error } = transcoder;
  const [first, end] = [codes.rowStart[position]!, codes.rowStart[position + 1]!];
  const rows = new Float32Array((end - first + 1) * dModel);
  for (let entry = first; entry < end; entry++) {
    const decoder = codes.index[entry]! * dModel;
    const at = (entry - first) * dModel;
    const activation = codes.value[entry]!;
    for (let i = 0; i < dModel; i++) rows[at + i] = activation * coder.weights.wDec[decoder + i]!;
  }
  rows.set(rowAt(error, position, dModel), (end - first) * dModel);
  return rows;
}

function rowAt(matrix: Float32Array, row: number, width: number): Float32Array {
  return matrix.subarray(row * width, (row + 1) * width);
}
