// Everything that SAEBench's core says of coders, measured on contexts of one model.
import { blocksUpTo } from '../../../backbones/hook-points.ts';
import type { LanguageBackbone } from '../../../backbones/language/types.ts';
import { UserError } from '../../../base/errors.ts';
import { rowsAt } from '../../../training/evaluation/substitution.ts';
import type { BenchedCoder } from '../benched-coder.ts';
import {
  countLatents,
  type LatentCounts,
  type LatentWeights,
  latentWeights,
  noCounts,
} from './latent-statistics.ts';
import { type ReconstructionCost, reconstructionCosts } from './reconstruction.ts';
import { type RowStatistics, rowStatistics } from './row-statistics.ts';

/** What is measured of a coder. */
export interface CoreMeasures {
  readonly cost: ReconstructionCost;
  readonly rows: RowStatistics;
  readonly latents: LatentCounts & LatentWeights;
  /** Tokens that the model ran on for either part, ignored ones included. */
  readonly tokens: { readonly reconstruction: number; readonly rows: number };
}

/** How coders are measured. */
export interface CoreOptions {
  readonly backbone: LanguageBackbone;
  /** Contexts in a batch: some of the definitions are means over batches. */
  readonly batchSize: number;
  /** Batches that costs are measured on, and those that rows are: either from the first context on. */
  readonly nReconstructionBatches: number;
  readonly nSparsityBatches: number;
  /** Tokens that count for nothing: those that begin, end or fill up a text. */
  readonly isIgnored: (token: number) => boolean;
  /** Leave what the model computes on ignored tokens as it is. */
  readonly keepsIgnored: boolean;
  /** Called when so many contexts are done for one coder. */
  readonly onContexts?: (count: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Measure coders of one model on contexts of equal length, as many of them as the batches take or there are. What
 * definitions there are, are those of SAEBench 0.6 (`evals/core/main.py`); where a coder reads another point than it
 * reconstructs, what it reconstructs takes the place of its input in them.
 * @throws {UserError} for a coder whose hook points the model does not have, or has in another width.
 */
export async function measureCore(
  coders: readonly BenchedCoder[],
  contexts: readonly Int32Array[],
  options: CoreOptions,
): Promise<CoreMeasures[]> {
  const { backbone, batchSize, nReconstructionBatches, nSparsityBatches, onContexts, signal } =
    options;
  for (const coder of coders) checkPlace(coder, backbone);
  const forCosts = contexts.slice(0, batchSize * nReconstructionBatches);
  const forRows = contexts.slice(0, batchSize * nSparsityBatches);
  const found = coders.map(({ coder }) => ({
    rows: rowStatistics(),
    counts: noCounts(coder.dSae),
  }));
  const points = [...new Set(coders.flatMap(({ place }) => [place.input, place.output]))];
  const stopAtLayer = Math.max(...points.map(blocksUpTo));
  for (let start = 0; start < forRows.length; start += batchSize) {
    const tokens = forRows.slice(start, start + batchSize);
    const run = await backbone.run(tokens, { record: points, stopAtLayer, signal });
    const counts = tokens.flatMap((row) => Array.from(row, (token) => !options.isIgnored(token)));
    for (const [i, { name, coder, place }] of coders.entries()) {
      const inputs = rowsAt(run.get(place.input)!, place.head);
      const targets = rowsAt(run.get(place.output)!, place.head);
      checkWidth(name, place.input, inputs.length / counts.length, coder.dIn);
      checkWidth(name, place.output, targets.length / counts.length, coder.dOut);
      const codes = await coder.encode(inputs);
      const outputs = await coder.decode(codes, inputs);
      found[i]!.rows.add({ targets, outputs, codes, width: coder.dOut, counts });
      countLatents(found[i]!.counts, codes, { counts, positions: tokens[0]!.length });
      onContexts?.(tokens.length);
    }
  }
  const costs = new Map<BenchedCoder, ReconstructionCost>();
  // The model is cut at each place in its own way, so that those of one place go together.
  for (const here of byPlace(coders)) {
    const found = await reconstructionCosts(here, forCosts, options);
    here.forEach((coder, i) => {
      costs.set(coder, found[i]!);
    });
  }
  const nTokens = (some: readonly Int32Array[]): number =>
    some.reduce((n, { length }) => n + length, 0);
  const measures: CoreMeasures[] = [];
  for (const [i, benched] of coders.entries()) {
    const { rows, counts } = found[i]!;
    measures.push({
      cost: costs.get(benched)!,
      rows: rows.result(),
      latents: { ...counts, ...(await latentWeights(benched.coder)) },
      tokens: { reconstruction: nTokens(forCosts), rows: nTokens(forRows) },
    });
  }
  return measures;
}

function byPlace(coders: readonly BenchedCoder[]): BenchedCoder[][] {
  const places = new Map<string, BenchedCoder[]>();
  for (const coder of coders) {
    const { input, output, head } = coder.place;
    const key = `${input} ${output} ${head}`;
    places.set(key, [...(places.get(key) ?? []), coder]);
  }
  return [...places.values()];
}

function checkPlace({ name, place }: BenchedCoder, backbone: LanguageBackbone): void {
  const known = [...backbone.hookPoints, ...backbone.optionalHookPoints];
  const missing = [place.input, place.output].find((point) => !known.includes(point));
  if (missing === undefined) return;
  throw new UserError(`invalid coder '${name}': '${backbone.checkpoint}' has no '${missing}'`, {
    hint: 'is this the model that it was trained on? --model names another',
  });
}

function checkWidth(name: string, point: string, width: number, own: number): void {
  if (width === own) return;
  throw new UserError(
    `invalid coder '${name}': '${point}' is ${width} wide, the coder has ${own}`,
    {
      hint: 'is this the model that it was trained on? --model names another',
    },
  );
}
