// One run of a model on a prompt: everything that attribution holds fixed.
import type { HookPoint } from '../../backbones/hook-points.ts';
import type { LanguageBackbone } from '../../backbones/language/types.ts';
import { LOGITS } from '../../backbones/language/types.ts';
import type { Tensor } from '../../backbones/types.ts';
import { UserError } from '../../base/errors.ts';
import type { SparseRows } from '../../compute/sparse-rows.ts';
import type { Transcoder, TranscoderSet } from '../transcoders.ts';

/** What a block did on the prompt. */
export interface BlockState {
  /** `[nHeads, destination, source]` */
  readonly pattern: Float32Array;
  /** `[positions, nHeads, dHead]` */
  readonly values: Float32Array;
  /** What the MLP added, `[positions, dModel]`; undefined in models without MLPs. */
  readonly mlpOut?: Float32Array;
  /** The transcoder that stands for the MLP, what it read, and its features on the prompt. */
  readonly transcoder?: {
    readonly coder: Transcoder;
    readonly input: Float32Array;
    readonly codes: SparseRows;
    /** `mlp_out − reconstruction`, `[positions, dModel]` */
    readonly error: Float32Array;
  };
}

/** A model's run on a prompt. */
export interface PromptState {
  readonly tokens: readonly number[];
  readonly blocks: readonly BlockState[];
  /** `[positions, dModel]` */
  readonly embedding: Float32Array;
  /** `[positions, dModel]`; undefined where positions are not added to the residual stream. */
  readonly positionEmbedding?: Float32Array;
  /** Divisors of norms, one a position, by the name of the norm: `blocks.3.ln2`. */
  readonly scales: ReadonlyMap<string, Float32Array>;
  /** Of the last position `[dVocab]`. */
  readonly logits: Float32Array;
}

/**
 * Run a prompt and encode what its transcoders read.
 *
 * @throws {UserError} for a prompt that is empty or too long, and for transcoders with a skip connection.
 */
export async function promptState(
  backbone: LanguageBackbone,
  transcoders: TranscoderSet,
  tokens: readonly number[],
  { signal }: { signal?: AbortSignal } = {},
): Promise<PromptState> {
  const { nLayers, nCtx, dMlp, dVocab, normalization, positions } = backbone.config;
  if (tokens.length === 0) throw new UserError('missing prompt: it has no tokens');
  if (tokens.length > nCtx) {
    throw new UserError(`invalid prompt: ${tokens.length} tokens, the model takes ${nCtx}`);
  }
  const layers = [...Array(nLayers).keys()];
  const hasNorms = normalization !== 'none';
  const hasPositions = positions === 'learned';
  const norms = layers.flatMap((layer) => [`blocks.${layer}.ln1`, `blocks.${layer}.ln2`]);
  const scaled = hasNorms
    ? [...norms.filter((norm) => dMlp > 0 || norm.endsWith('ln1')), 'ln_final']
    : [];
  const record: HookPoint[] = [
    'hook_embed',
    ...(hasPositions ? ['hook_pos_embed'] : []),
    ...scaled.map((norm) => `${norm}.hook_scale`),
    ...layers.flatMap((layer) => [
      `blocks.${layer}.attn.hook_pattern`,
      `blocks.${layer}.attn.hook_v`,
      ...(dMlp > 0 ? [`blocks.${layer}.hook_mlp_out`] : []),
    ]),
    ...[...transcoders.places.values()].map(({ input }) => input),
    LOGITS,
  ];
  const run = await backbone.run([tokens], { record, signal });
  const at = (point: HookPoint): Float32Array => (run.get(point) as Tensor).data;
  const blocks: BlockState[] = [];
  for (const layer of layers) {
    signal?.throwIfAborted();
    const pattern = at(`blocks.${layer}.attn.hook_pattern`);
    const values = at(`blocks.${layer}.attn.hook_v`);
    const mlpOut = dMlp > 0 ? at(`blocks.${layer}.hook_mlp_out`) : undefined;
    if (mlpOut === undefined || !transcoders.layers.includes(layer)) {
      blocks.push({ pattern, values, mlpOut });
      continue;
    }
    const coder = await transcoders.at(layer);
    const input = at(coder.input);
    const codes = await coder.encode(input);
    const reconstruction = coder.decode(codes, input);
    const error = mlpOut.map((value, i) => value - reconstruction[i]!);
    blocks.push({ pattern, values, mlpOut, transcoder: { coder, input, codes, error } });
  }
  return {
    tokens,
    blocks,
    embedding: at('hook_embed'),
    positionEmbedding: hasPositions ? at('hook_pos_embed') : undefined,
    scales: new Map(scaled.map((norm) => [norm, at(`${norm}.hook_scale`)])),
    logits: at(LOGITS).slice(-dVocab),
  };
}
