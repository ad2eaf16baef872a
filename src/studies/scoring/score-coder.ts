// Scores a coder on labels: latents are chosen on one half of the examples and measured on the other.
import { setImmediate } from 'node:timers/promises';
import type { ActivationSource } from '../../activations/types.ts';
import { UserError } from '../../base/errors.ts';
import { startProgress } from '../../base/progress.ts';
import { Random } from '../../base/random.ts';
import { binsFor, logBins } from './bins.ts';
import { type BestLatents, type Choice, type ChosenLatent, chooseLatents } from './choose.ts';
import { codedRows, type ScoredCoder } from './coded-rows.ts';
import { allPairs, type Counts, chosenPairs, createCounts } from './counts.ts';
import { constantLoss, probeLoss } from './logistic-probe.ts';
import { averagePrecision, type CurvePoint, decideFrom, precisionRecall } from './pair-scores.ts';
import type { Pool } from './pooling.ts';
import { createSpread } from './spread.ts';
import { createTopRows, type TopRows } from './top-rows.ts';
import type { Concept, ConceptTruth } from './truth/truth.ts';

/** How well a latent tells a concept on some rows. */
export interface Scores {
  readonly f1: number;
  readonly precision: number;
  readonly recall: number;
  readonly averagePrecision: number;
  /** `1 − loss / loss of a constant` of its logistic probe. */
  readonly r: number;
}

/** A latent that tells a concept, chosen on one half and measured on the other. */
export interface LatentScores {
  readonly latent: number;
  /** It says yes from this value on; 0: where it fires. */
  readonly threshold: number;
  readonly probe: { readonly weight: number; readonly bias: number };
  readonly chosen: Scores;
  readonly measured: Scores & {
    /** Bound on the error of the average precision that comes from bins. */
    readonly averagePrecisionError: number;
    readonly purity: number;
    readonly precisionAtK: number;
  };
  /** Precision–recall curve of the measured half, from the highest values on. */
  readonly curve: readonly CurvePoint[];
}

/** A concept and the latents that tell it. */
export interface ScoredConcept extends Concept {
  /** Rows with the concept on either half. */
  readonly positives: { readonly chosen: number; readonly measured: number };
  readonly rows: { readonly chosen: number; readonly measured: number };
  /** Why it was not scored; undefined where it was. */
  readonly skipped?: string;
  readonly latents: readonly LatentScores[];
  /** The best latent by each measure on the half of the choice. */
  readonly best?: BestLatents;
}

/** A line of the table of upstream's paper. */
export interface MethodScores {
  readonly method: string;
  readonly width: number;
  readonly normalizedMse: number;
  readonly l0: number;
  /** Of the latents with the best probes: `1 − Σ loss / Σ loss of a constant`, mean average precision, purity at k. */
  readonly probeR: number;
  readonly meanAveragePrecision: number;
  readonly purity: number;
  /** Share of concepts whose latent reaches an average precision of τ. */
  readonly coverage: number;
  /** Mean F1 of the latents that are best by F1. */
  readonly meanF1: number;
}

/** All that was measured of a coder. */
export interface CoderScores extends MethodScores {
  readonly concepts: readonly ScoredConcept[];
}

/** How a coder is scored. */
export interface ScoreOptions {
  /** Seed of the halves. */
  readonly seed: number;
  /** Latents kept for a concept by each measure. */
  readonly nBest: number;
  /** Rows that purity looks at, and the average precision that counts as covered. */
  readonly k: number;
  readonly tau: number;
  readonly pool: Pool;
  readonly batchSize: number;
  readonly signal?: AbortSignal | undefined;
}

/** Bins of the pairs that are measured: each is 1/512 of its octave wide. */
const FINE_BINS = 4096;

/** Count the examples that are split into halves: shards of ADE20K say 20,210, as Python does, whatever was recorded. */
export function scoredExamples(
  source: Pick<ActivationSource, 'nExamples'>,
  truth: Pick<ConceptTruth, 'nExamples'>,
): number {
  return Math.min(source.nExamples, truth.nExamples);
}

/** Tell which examples latents are chosen on: half of them, drawn by the seed. */
export function choosesOn(nExamples: number, seed: number): (example: number) => boolean {
  const isChosen = new Uint8Array(nExamples);
  const order = new Random(seed, 'halves').permutation(nExamples);
  for (const example of order.subarray(0, Math.ceil(nExamples / 2))) isChosen[example] = 1;
  return (example) => isChosen[example] === 1;
}

/**
 * Score every latent of a coder against every concept, in two passes over `source`: one encodes half of the examples to
 * choose latents on, the other the rest to measure them on. Memory is 4 bytes a latent, concept and bin (a gigabyte at
 * most for up to 33 million pairs), whatever the number of rows.
 * @throws {UserError} for activations that are not finite
 */
export async function scoreCoder(
  coder: ScoredCoder,
  source: ActivationSource,
  truth: ConceptTruth,
  options: ScoreOptions,
): Promise<CoderScores> {
  const { batchSize, nBest, k, signal, seed } = options;
  const { concepts } = truth;
  const chooses = choosesOn(scoredExamples(source, truth), seed);
  const pool = truth.level === 'example' ? options.pool : undefined;
  const progress = startProgress(`score ${coder.name}`, { total: 2 * source.length, unit: 'rows' });
  try {
    const nBins = binsFor(coder.dSae * concepts.length);
    const all = allPairs(coder.dSae, concepts.length);
    const found = createCounts(truth, all, logBins(coder.dSae, nBins));
    const reading = { batchSize, pool, signal, progress };
    for await (const rows of codedRows(source, coder, { ...reading, takes: chooses })) {
      found.add(rows, truth);
    }
    const choices: (Choice | undefined)[] = [];
    for (let c = 0; c < concepts.length; c++) {
      // Many concepts of many latents take minutes; a signal should be heard between two of them.
      await setImmediate();
      signal?.throwIfAborted();
      choices.push(chooseLatents(found, c, { dSae: coder.dSae, nBest }));
    }

    const latents = choices.map((choice) => choice?.latents.map(({ latent }) => latent) ?? []);
    const pairs = chosenPairs(coder.dSae, latents);
    const measured = createCounts(truth, pairs, logBins(pairs.nSlots, FINE_BINS));
    const top = createTopRows(pairs.slotOf, pairs.nSlots, k);
    const spread = createSpread();
    let [rows, fired, squaredError] = [0, 0, 0];
    const measuring = codedRows(source, coder, {
      ...reading,
      takes: (example) => !chooses(example),
      onSums(sums, targets) {
        rows += sums.rows;
        fired += sums.l0;
        squaredError += sums.squaredError[0]!;
        spread.add(targets, sums.rows);
      },
    });
    for await (const some of measuring) {
      measured.add(some, truth);
      top.add(some, truth);
    }
    if (!Number.isFinite(squaredError)) {
      throw new UserError(`${coder.name}: activations hold numbers that are not finite`, {
        hint: 'record them anew; a number above what float32 holds, or none at all, cannot be scored',
      });
    }
    const scored = concepts.map((concept, c) =>
      scoredConcept(concept, c, { found, measured, top, choice: choices[c], all: truth }),
    );
    return {
      method: coder.name,
      width: coder.dSae,
      normalizedMse: squaredError / spread.total(),
      l0: fired / rows,
      ...summary(scored, measured, options),
      concepts: scored,
    };
  } finally {
    progress.end();
  }
}

interface Halves {
  readonly found: Counts;
  readonly measured: Counts;
  readonly top: TopRows;
  readonly choice: Choice | undefined;
  readonly all: ConceptTruth;
}

function scoredConcept(
  { kind, name }: Concept,
  concept: number,
  { found, measured, top, choice }: Halves,
): ScoredConcept {
  const [chosen, held] = [found.totals(concept), measured.totals(concept)];
  const about = {
    kind,
    name,
    positives: { chosen: chosen.positives, measured: held.positives },
    rows: { chosen: chosen.rows, measured: held.rows },
  };
  const skipped = whySkipped(chosen, held) ?? (choice === undefined ? 'nothing fires' : undefined);
  if (choice === undefined || skipped !== undefined) {
    return { ...about, latents: [], skipped: skipped ?? 'nothing fires' };
  }
  const latents = choice.latents.map((each): LatentScores => {
    const pair = measured.pair(concept, each.latent)!;
    const from = each.probe.weight < 0 ? 'low' : 'high';
    const { ap, error } = averagePrecision(pair, from);
    const bin = binOf(measured, each);
    const { f1, precision, recall } = decideFrom(pair, bin);
    const { decision, probe } = each;
    return {
      latent: each.latent,
      threshold: each.threshold,
      probe: { weight: probe.weight, bias: probe.bias },
      chosen: {
        f1: decision.f1,
        precision: decision.precision,
        recall: decision.recall,
        averagePrecision: each.averagePrecision,
        r: each.r,
      },
      measured: {
        f1,
        precision,
        recall,
        averagePrecision: ap,
        averagePrecisionError: error,
        r: 1 - probeLoss(pair, probe) / constantLoss(pair),
        ...top.of(each.latent, concept),
      },
      curve: precisionRecall(pair, { from }),
    };
  });
  return { ...about, latents, best: choice.best };
}

function whySkipped(
  chosen: { rows: number; positives: number },
  held: { rows: number; positives: number },
): string | undefined {
  for (const [half, { rows, positives }] of [
    ['chosen', chosen],
    ['measured', held],
  ] as const) {
    const where = half === 'chosen' ? 'that latents are chosen on' : 'that they are measured on';
    if (positives === 0) return `no row of the half ${where} has it`;
    if (positives === rows) return `every row of the half ${where} has it`;
  }
  return undefined;
}

/** First bin of the measured counts whose values are all above a threshold. */
function binOf(counts: Counts, { latent, threshold }: ChosenLatent): number {
  let [low, high] = [0, FINE_BINS];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (counts.edge(latent, middle) >= threshold) high = middle;
    else low = middle + 1;
  }
  return low;
}

function summary(
  scored: readonly ScoredConcept[],
  measured: Counts,
  { tau }: ScoreOptions,
): Pick<MethodScores, 'probeR' | 'meanAveragePrecision' | 'purity' | 'coverage' | 'meanF1'> {
  let [n, loss, constant, precision, purity, covered, f1] = [0, 0, 0, 0, 0, 0, 0];
  scored.forEach(({ latents, best }, c) => {
    if (best === undefined) return;
    const of = (latent: number): LatentScores['measured'] =>
      latents.find((each) => each.latent === latent)!.measured;
    const byProbe = of(best.probe);
    const base = constantLoss(measured.totals(c));
    n++;
    constant += base;
    loss += (1 - byProbe.r) * base;
    precision += byProbe.averagePrecision;
    purity += byProbe.purity;
    covered += byProbe.averagePrecision >= tau ? 1 : 0;
    f1 += of(best.f1).f1;
  });
  return {
    probeR: 1 - loss / constant,
    meanAveragePrecision: precision / n,
    purity: purity / n,
    coverage: covered / n,
    meanF1: f1 / n,
  };
}
