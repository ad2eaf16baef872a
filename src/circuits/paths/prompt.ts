// A prompt that has been run: the activations, patterns, codes and weights that path search reads, each computed once.
import { type HookPoint, hook, parseHook } from '../../backbones/hook-points.ts';
import type { LanguageBackbone } from '../../backbones/language/types.ts';
import type { Tensor } from '../../backbones/types.ts';
import { dot } from '../../base/arrays.ts';
import { UserError } from '../../base/errors.ts';
import type { SparseRows } from '../../compute/sparse-rows.ts';
import type { Transcoder, TranscoderSet } from '../transcoders.ts';
import { rowOf } from './vectors.ts';

/** A layer's transcoder on the prompt. */
export interface LayerCodes {
  readonly transcoder: Transcoder;
  /** `[positions, dSae]` */
  readonly codes: SparseRows;
  /** `[positions, dModel]` */
  readonly reconstruction: Float32Array;
}

/** Weights of a layer's heads: `wV` `[nHeads, dModel, dHead]`, `wO` `[nHeads, dHead, dModel]`. */
export interface HeadWeights {
  readonly wV: Float32Array;
  readonly wO: Float32Array;
}

/** What path search knows of a model on one prompt. */
export interface CircuitPrompt {
  readonly backbone: LanguageBackbone;
  readonly transcoders: TranscoderSet;
  readonly tokens: ArrayLike<number>;
  /** The value of a recorded hook point, without its batch axis. */
  at(point: HookPoint): Tensor;
  /** Row of a point `[positions, dModel]`; negative tokens count from the end. */
  row(point: HookPoint, token: number): Float32Array;
  /**
   * A position counted from 0.
   *
   * @throws {UserError} for one that the prompt does not have.
   */
  position(token: number): number;
  codes(layer: number): Promise<LayerCodes>;
  heads(layer: number): Promise<HeadWeights>;
}

/** Points of every block that are recorded. */
const RECORDED = new Set([
  'hook_resid_pre',
  'hook_resid_mid',
  'hook_resid_post',
  'ln1.hook_normalized',
  'ln2.hook_normalized',
  'attn.hook_v',
  'attn.hook_pattern',
  'hook_mlp_out',
]);

/**
 * Run a model on one prompt.
 *
 * @throws {UserError} for tokens that the model does not have, and when they are none or more than its context.
 */
export async function openCircuitPrompt(
  tokens: ArrayLike<number>,
  options: {
    readonly backbone: LanguageBackbone;
    readonly transcoders: TranscoderSet;
    readonly signal?: AbortSignal;
  },
): Promise<CircuitPrompt> {
  const { backbone, transcoders, signal } = options;
  const { dModel } = backbone.config;
  const extra = [...transcoders.places.values()].map(({ input }) => input);
  const points = backbone.hookPoints.filter((point) => RECORDED.has(parseHook(point)?.part ?? ''));
  const record = [...new Set([...points, ...extra])];
  const values = await backbone.run([tokens], { record, signal });
  const at = (point: HookPoint): Tensor => {
    const { data, shape } = values.get(point)!;
    return { data, shape: shape.slice(1) };
  };
  const position = (token: number): number => {
    const index = token < 0 ? tokens.length + token : token;
    if (Number.isInteger(index) && index >= 0 && index < tokens.length) return index;
    throw new UserError(`invalid position ${token}: the prompt has ${tokens.length} tokens`);
  };
  const codes = remembered(async (layer): Promise<LayerCodes> => {
    const transcoder = await transcoders.at(layer);
    if (transcoder.weights.wSkip !== undefined) {
      throw new UserError(
        `unsupported transcoder '${transcoder.name}': paths do not follow its skip connection`,
        { hint: 'attribution does: leave the mode compatible out' },
      );
    }
    const { data } = at(transcoder.input);
    const encoded = await transcoder.encode(data);
    return { transcoder, codes: encoded, reconstruction: transcoder.decode(encoded, data) };
  });
  const heads = remembered(async (layer): Promise<HeadWeights> => {
    const { tensor } = backbone.matrices;
    const wV = (await tensor(`blocks.${layer}.attn.W_V`)).data;
    return { wV, wO: (await tensor(`blocks.${layer}.attn.W_O`)).data };
  });
  return {
    backbone,
    transcoders,
    tokens,
    at,
    row: (point, token) => rowOf(at(point).data, position(token), dModel),
    position,
    codes,
    heads,
  };
}

/** The residual stream that a layer's first or second norm reads. */
function normInput(
  { backbone }: Pick<CircuitPrompt, 'backbone'>,
  layer: number,
  norm: 'ln1' | 'ln2',
): HookPoint {
  const isBefore = norm === 'ln1' || backbone.config.parallel;
  return hook(layer, isBefore ? 'hook_resid_pre' : 'hook_resid_mid');
}

/**
 * The factor that stands for a layer norm on the way back: `(v · norm(x)) / (v · x)` at a position, 0 where `v · x` is.
 * See "Attribution patching" (Nanda, 2023) on norms as constants.
 */
export function normFactor(
  prompt: CircuitPrompt,
  vector: Float32Array,
  place: { readonly layer: number; readonly token: number; readonly norm: 'ln1' | 'ln2' },
): number {
  const { layer, token, norm } = place;
  const before = Math.fround(dot(vector, prompt.row(normInput(prompt, layer, norm), token)));
  if (before === 0) return 0;
  return dot(vector, prompt.row(hook(layer, `${norm}.hook_normalized`), token)) / before;
}

/** Codes of one position as a dense row `[dSae]`. */
export function denseCodes({ codes }: LayerCodes, position: number): Float32Array {
  const dense = new Float32Array(codes.columns);
  for (let p = codes.rowStart[position]!; p < codes.rowStart[position + 1]!; p++)
    dense[codes.index[p]!] = codes.value[p]!;
  return dense;
}

function remembered<T>(compute: (layer: number) => Promise<T>): (layer: number) => Promise<T> {
  const known = new Map<number, Promise<T>>();
  return (layer) => {
    const value = known.get(layer) ?? compute(layer);
    known.set(layer, value);
    return value;
  };
}
