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
      const codes = await coder.encode(rows);
      const own = found[i]!;
      batch.forEach((tokens, t) => {
        // Shorter texts are filled up in front.
        const first = (t + 1) * positions - tokens.length;
        const counted = Array.from(tokens.keys(), (p) => first + p).filter(
          (row) => !isIgnored(tokens[row - first]!),
        );
        const at = (start + t) * width;
        const sums = new Float64Array(width);
        for (const row of counted)
          for (let j = 0; j < width; j++) sums[j]! += rows[row * width + j]!;
        for (let j = 0; j < width; j++) own.acts[at + j] = sums[j]! / Math.max(1, counted.length);
        const { index, value } = meanOf(codes, counted);
        own.indices.push(index);
        own.values.push(value);
        own.starts.push(own.starts.at(-1)! + index.length);
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

/** Average some rows of codes. */
function meanOf(
  { rowStart, index, value }: SparseRows,
  rows: readonly number[],
): { index: Uint32Array; value: Float32Array } {
  const sums = new Map<number, number>();
  for (const row of rows) {
    for (let p = rowStart[row]!; p < rowStart[row + 1]!; p++)
      sums.set(index[p]!, (sums.get(index[p]!) ?? 0) + value[p]!);
  }
  const latents = Uint32Array.from(sums.keys()).sort();
  return {
    index: latents,
    value: Float32Array.from(latents, (latent) => sums.get(latent)! / rows.length),
  };
}
