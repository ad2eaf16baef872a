// index.html: the page of scores. It opens from the disk, without a server.
import { join, relative, resolve } from 'node:path';
import { kindOfPath, writeFileAtomic } from '../../base/files.ts';
import { namesIn } from '../../base/system/file-names.ts';
import { counted, number } from '../../base/text.ts';
import { island } from '../../pages/page-files.ts';
import {
  SCORE_ISLAND,
  SCORE_PAGE_VERSION,
  type ScoreConcept,
  type ScoreIsland,
  type ScoreLatent,
  type ScoreMeasure,
} from '../../pages/score-page.ts';
import { fillTemplate, readTemplate } from '../../pages/template.ts';
import type { ScoreConfig } from './config.ts';
import type { ScoreReport } from './report.ts';
import type { LatentScores, ScoredConcept } from './score-coder.ts';

/** Where the page goes, and the built page without data; that of this package by default. */
export interface ScorePageOptions extends Pick<ScoreConfig, 'dumpTo' | 'visuals'> {
  readonly template?: string;
}

/** Write the page of a report; gives its path. */
export async function writeScorePage(
  report: ScoreReport,
  { dumpTo, visuals, template: built }: ScorePageOptions,
): Promise<string> {
  const template = await readTemplate('scores', built);
  const features = await featurePage(visuals ?? join(report.ckpt, 'visuals'));
  const { split, level } = report;
  const row =
    level === 'example'
      ? { one: 'example', many: 'examples' }
      : report.tokens === 'patches'
        ? { one: 'patch', many: 'patches' }
        : { one: 'token', many: 'tokens' };
  const [own, ...others] = report.methods;
  const page: ScoreIsland = {
    version: SCORE_PAGE_VERSION,
    title: 'Scores on labels',
    facts: [
      ['Autoencoder', report.ckpt],
      ['Labels', report.labels],
      ['Rows', report.pool === undefined ? row.many : `examples, ${report.pool} over their rows`],
      ['Chosen on', `${number(split.chosenOn)} examples (seed ${split.seed})`],
      ['Measured on', `${number(split.measuredOn)} others`],
      ...(report.leftOut === undefined
        ? []
        : [['Ignored', counted(report.leftOut, 'row')] as const]),
    ],
    row,
    k: report.k,
    tau: report.tau,
    ...(features !== undefined && {
      features: encodeURI(relative(resolve(dumpTo), resolve(features)).split('\\').join('/')),
    }),
    methods: report.methods.map(({ concepts: _, ...method }) => method),
    concepts: own!.concepts.map((concept, c) =>
      pageConcept(
        concept,
        others.map(({ concepts }) => concepts[c]!),
      ),
    ),
  };
  const path = join(dumpTo, 'index.html');
  const part = island(SCORE_ISLAND, JSON.stringify(page, rounded));
  await writeFileAtomic(path, fillTemplate(template, [part]));
  return path;
}

/** The page of features in a folder of visuals: in it, or in the newest folder of one ranking. */
async function featurePage(folder: string): Promise<string | undefined> {
  if ((await kindOfPath(folder)) !== 'folder') return undefined;
  const ranked = (await namesIn(folder)).filter((name) => name.startsWith('sort_by_')).sort();
  // `patch` comes last by name, and is what visuals rank by if nothing else is asked for.
  for (const name of ['', ...ranked.reverse()]) {
    const path = join(folder, name, 'index.html');
    if ((await kindOfPath(path)) === 'file') return path;
  }
  return undefined;
}

function pageConcept(concept: ScoredConcept, others: readonly ScoredConcept[]): ScoreConcept {
  const { kind, name, rows, positives, skipped, best, latents } = concept;
  return {
    kind,
    name,
    rows: rows.measured,
    positives: positives.measured,
    ...(skipped !== undefined && { skipped }),
    ...(best !== undefined && { best: { ...best } }),
    latents: latents.map(pageLatent),
    others: others.map((other) => ({
      averagePrecision: bestOf(other, 'averagePrecision'),
      f1: bestOf(other, 'f1'),
      probe: bestOf(other, 'probe'),
    })),
  };
}

/** What the best latent by a measure reached by it. */
function bestOf({ best, latents }: ScoredConcept, measure: ScoreMeasure): number {
  const found = latents.find(({ latent }) => latent === best?.[measure]);
  return found === undefined ? 0 : pageLatent(found)[measure];
}

function pageLatent({ latent, threshold, probe, measured, curve }: LatentScores): ScoreLatent {
  const { averagePrecision, f1, precision, recall, r, purity } = measured;
  return {
    latent,
    threshold,
    averagePrecision,
    f1,
    precision,
    recall,
    probe: r,
    purity,
    isAgainst: probe.weight < 0,
    curve,
  };
}

/** Four digits are more than a page shows. */
function rounded(_: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value)
    ? Number(value.toPrecision(4))
    : value;
}
