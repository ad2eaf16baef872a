// Texts as single rows: what a model has at a hook point and what a coder makes of it, both as means over a text's tokens.

import { blocksUpTo } from '../../../backbones/hook-points.ts';
import type { LanguageBackbone } from '../../../backbones/language/types.ts';
import { UserError } from '../../../base/errors.ts';
import type { SparseRows } from '../../../compute/sparse-rows.ts';
import { rowsAt } from '../../../training/evaluation/substitution.ts';
import type { BenchedCoder } from '../benched-coder.ts';

/** Means over the tokens of each text. */
export interface MeanRows {
  /** Activations `[texts, width]`. */
  readonly acts: Float32Array;
  readonly width: number;
  readonly codes: SparseRows;
}

/** How texts are run. */
export interface MeanRowOptions {
  readonly backbone: LanguageBackbone;
  /** Texts in one run of the model. */
  readonly batchSize: number;
  /** Tokens that count for nothing: those that begin, end or fill up a text. */
  readonly isIgnored: (token: number) => boolean;
  readonly onTexts?: (count: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Run the model over texts, one run for all coders, and average what each reads and its codes.
 * @throws {UserError} for a coder of another width than its hook point.
 */
export async function meanRows(
  coders: readonly BenchedCoder[],
  texts: readonly Int32Array[],
  { backbone, batchSize, isIgnored, onTexts, signal }: MeanRowOptions,
): Promise<MeanRows[]> {
  const points = [...new Set(coders.map(({ place }) => place.input))];
  const stopAtLayer = Math.max(...points.map(blocksUpTo));
  const found = coders.map(({ coder }) => ({
    acts: new Float32Array(texts.length * coder.dIn),
    starts: [0],
    indices: [] as Uint32Array[],
    values: [] as Float32Array[],
  }));
  for (let start = 0; start < texts.length; start += batchSize) {
    signal?.throwIfAborted();
    const batch = texts.slice(start, start + batchSize);
    const run = await backbone.run(batch, { record: points, stopAtLayer, padding: 'left', signal });
    for (const [i, { name, coder, place }] of coders.entries()) {
      const tensor = run.get(place.input)!;
      const positions = tensor.shape[1]!;
      const rows = rowsAt(tensor, place.head);
      const width = rows.length / (batch.length * positions);
      if (width !== coder.dIn) {
        throw new UserError(
          `invalid coder '${name}': '${place.input}' is ${width} wide, the coder takes ${coder.dIn}`,
          { hint: 'is this the model that it was trained on? --model names another' },
        );
      }
      // Only what counts is encoded. Shorter texts are filled up in front.
      const counted = batch.map((tokens, t) =>
        Array.from(tokens.keys())
          .filter((p) => !isIgnored(tokens[p]!))
          .map((p) => (t + 1) * positions - tokens.length + p),
      );
      const acts = rowsOf(rows, counted.flat(), width);
      const codes = await coder.encode(acts);
      const own = found[i]!;
      let first = 0;
      counted.forEach(({ length }, t) => {
        const mean = own.acts.subarray((start + t) * width, (start + t + 1) * width);
        meanOfActs(acts.subarray(first * width, (first + length) * width), mean);
        const { index, value } = meanOfCodes(codes, { first, length });
        own.indices.push(index);
        own.values.push(value);
        own.starts.push(own.starts.at(-1)! + index.length);
        first += length;
      });
    }
    onTexts?.(batch.length);
  }
  return found.map(({ acts, starts, indices, values }, i) => {
    const { dIn, dSae } = coders[i]!.coder;
    const index = new Uint32Array(starts.at(-1)!);
    const value = new Float32Array(index.length);
    indices.forEach((each, t) => void index.set(each, starts[t]!));
    values.forEach((each, t) => void value.set(each, starts[t]!));
    return {
      acts,
      width: dIn,
      codes: { columns: dSae, rowStart: Uint32Array.from(starts), index, value },
    };
  });
}

/** Some rows `[chosen, width]` of others. */
function rowsOf(rows: Float32Array, chosen: readonly number[], width: number): Float32Array {
  const out = new Float32Array(chosen.length * width);
  chosen.forEach(
    (row, i) => void out.set(rows.subarray(row * width, (row + 1) * width), i * width),
  );
  return out;
}

/** Average rows into `mean [width]`; nothing where there are none. */
function meanOfActs(rows: Float32Array, mean: Float32Array): void {
  const width = mean.length;
  const sums = new Float64Array(width);
  for (let at = 0; at < rows.length; at += width)
    for (let j = 0; j < width; j++) sums[j]! += rows[at + j]!;
  mean.set(sums.map((sum) => sum / Math.max(1, rows.length / width)));
}

/** Average `length` rows of codes from `first` on. */
function meanOfCodes(
  { rowStart, index, value }: SparseRows,
  { first, length }: { readonly first: number; readonly length: number },
): { index: Uint32Array; value: Float32Array } {
  const sums = new Map<number, number>();
  for (let p = rowStart[first]!; p < rowStart[first + length]!; p++)
    sums.set(index[p]!, (sums.get(index[p]!) ?? 0) + value[p]!);
  const latents = Uint32Array.from(sums.keys()).sort();
  return {
    index: latents,
    value: Float32Array.from(latents, (latent) => sums.get(latent)! / length),
  };
}
