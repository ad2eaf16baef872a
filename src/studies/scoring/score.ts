// saev score: from a coder, activations and labels to scores, beside those of the baselines.
import { locateShards } from '../../activations/find-shards.ts';
import { openSource } from '../../activations/source.ts';
import type { ActivationSource } from '../../activations/types.ts';
import { UserError } from '../../base/errors.ts';
import { makeFolder } from '../../base/folders.ts';
import { lockFolder } from '../../base/lock.ts';
import { logger } from '../../base/log.ts';
import { startProgress } from '../../base/progress.ts';
import { counted } from '../../base/text.ts';
import { readCoder } from '../../sae/checkpoints/read-coder.ts';
import { openCoder } from '../../sae/open-coder.ts';
import { chooseCoder } from '../../training/runs/choose-coder.ts';
import { scalingOf, tellScaling } from '../../visuals/coder-scaling.ts';
import { BASELINES } from './baselines/registry.ts';
import { rowsTaken, type ScoredCoder } from './coded-rows.ts';
import type { ScoreConfig } from './config.ts';
import { type ScoreFiles, writeScores } from './files.ts';
import type { ScoreReport } from './report.ts';
import { type CoderScores, choosesOn, scoreCoder, scoredExamples } from './score-coder.ts';
import { openTruth } from './truth/open-truth.ts';
import { type ConceptTruth, conceptName } from './truth/truth.ts';

const log = logger('score');

/** What a scoring job found and wrote. */
export interface ScoreSummary extends ScoreFiles {
  readonly report: ScoreReport;
}

/**
 * Score a coder and its baselines on labels; writes `scores.json`, `scores.csv` and `index.html` into `dumpTo`.
 * @throws {UserError} for labels and activations that do not fit together, and where no concept can be scored.
 */
export async function score(
  given: ScoreConfig,
  { signal }: { signal?: AbortSignal } = {},
): Promise<ScoreSummary> {
  const [ckpt, data] = [await chooseCoder(given.ckpt), await locateShards(given.data)];
  const config = { ...given, ckpt, data };
  const coder = await readCoder(ckpt, { ...(signal && { signal }) });
  const scaling = scalingOf(coder, config);
  const { source, scaling: taken } = await openSource(data, {
    ...(signal && { signal }),
    ...(scaling && { scaling }),
    ...(config.ignore && { ignore: config.ignore }),
    ...(config.threads !== undefined && { threads: config.threads }),
  });
  try {
    tellScaling(coder, config, taken);
    if (source.dModel !== coder.config.dIn) {
      throw new UserError(
        `invalid choice of activations: they are ${source.dModel} wide, the autoencoder takes ${coder.config.dIn}`,
        { hint: `checkpoint '${ckpt}'` },
      );
    }
    const truth = await openTruth(config, source, { signal });
    log.info(`${counted(truth.concepts.length, 'concept')} from ${truth.source}`);
    await makeFolder(config.dumpTo);
    const lock = await lockFolder(config.dumpTo);
    try {
      const methods = await scoreAll(config, { source, truth, coder, signal });
      const nExamples = scoredExamples(source, truth);
      const chosenOn = Math.ceil(nExamples / 2);
      const report: ScoreReport = {
        ckpt,
        labels: truth.source,
        level: truth.level,
        tokens: source.contexts === undefined ? 'patches' : 'tokens',
        split: { seed: config.seed, chosenOn, measuredOn: nExamples - chosenOn },
        ...(source.leftOut !== undefined && { leftOut: source.leftOut }),
        ...(truth.level === 'example' && { pool: config.pool }),
        k: config.k,
        tau: config.tau,
        methods,
      };
      return { report, ...(await writeScores(report, config)) };
    } finally {
      await lock.release();
    }
  } finally {
    await source.close();
  }
}

interface Scoring {
  readonly source: ActivationSource;
  readonly truth: ConceptTruth;
  readonly coder: Awaited<ReturnType<typeof readCoder>>;
  readonly signal: AbortSignal | undefined;
}

async function scoreAll(
  config: ScoreConfig,
  { source, truth, coder, signal }: Scoring,
): Promise<CoderScores[]> {
  const { seed, nBest, k, tau, pool, saeBatchSize: batchSize, device, threads } = config;
  const options = { seed, nBest, k, tau, pool, batchSize, signal };
  const running = await openCoder(coder, {
    device,
    maxRows: Math.min(batchSize, 4096),
    ...(threads !== undefined && { threads }),
  });
  // The source gives rows on the scale of training.
  const sae: ScoredCoder = {
    name: 'autoencoder',
    dSae: running.dSae,
    encode: running.encodeScaled,
    evaluate: running.evaluateScaled,
    close: running.close,
  };
  const own = await scored(sae, () => scoreCoder(sae, source, truth, options));
  checkScored(own, truth);
  if (!config.baselines) return [own];
  const methods = [own];
  const rows = await rowsToFit(source, scoredExamples(source, truth), config, signal);
  const { baselineWidth: width = running.dSae, baselineL0: l0 = Math.max(1, Math.round(own.l0)) } =
    config;
  for (const baseline of BASELINES) {
    signal?.throwIfAborted();
    log.info(`fitting ${baseline.name}: ${baseline.about}`);
    const fitted = await baseline.fit(rows, {
      dModel: source.dModel,
      width,
      l0,
      seed,
      threads,
      signal,
    });
    methods.push(await scored(fitted, () => scoreCoder(fitted, source, truth, options)));
  }
  return methods;
}

async function scored<T>(coder: ScoredCoder, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    await coder.close();
  }
}

/** Refuse labels on which nothing can be measured, and tell of concepts that were left out. */
function checkScored({ concepts }: CoderScores, truth: ConceptTruth): void {
  const skipped = concepts.filter(({ skipped }) => skipped !== undefined);
  const some = skipped.slice(0, 3).map((each) => `'${conceptName(each)}' (${each.skipped})`);
  const more = skipped.length > 3 ? ', …' : '';
  if (skipped.length === concepts.length) {
    throw new UserError(`no concept of ${truth.source} can be scored: ${some.join(', ')}${more}`, {
      hint: 'a concept needs examples with and without it in both halves; another --seed draws others',
    });
  }
  if (skipped.length > 0) {
    log.warn(`${counted(skipped.length, 'concept')} not scored: ${some.join(', ')}${more}`);
  }
}

/** Rows of the half that latents are chosen on, drawn at random, that baselines are fitted to. */
async function rowsToFit(
  source: ActivationSource,
  nExamples: number,
  { baselineRows, seed, saeBatchSize: batchSize }: ScoreConfig,
  signal: AbortSignal | undefined,
): Promise<Float32Array> {
  const takes = choosesOn(nExamples, seed);
  const takenRows = Math.ceil(nExamples / 2) * source.rowsPerExample;
  const rows = new Float32Array(Math.min(baselineRows, takenRows) * source.dModel);
  const progress = startProgress('read rows for the baselines', {
    total: rows.length / source.dModel,
    unit: 'rows',
  });
  let at = 0;
  try {
    const reading = { batchSize, shuffleSeed: seed, ...(signal && { signal }) };
    for await (const batch of source.batches(reading)) {
      const { acts } = rowsTaken(batch, source, takes);
      const some = acts.subarray(0, rows.length - at);
      rows.set(some, at);
      at += some.length;
      progress.tick(some.length / source.dModel);
      if (at === rows.length) break;
    }
  } finally {
    progress.end();
  }
  return rows.subarray(0, at);
}
