// Scores without a model, for tests of their page: concepts of three kinds, one of them without examples.
import type { ScoreReport } from '../../src/studies/scoring/report.ts';
import type {
  CoderScores,
  LatentScores,
  ScoredConcept,
} from '../../src/studies/scoring/score-coder.ts';

/** A name that would end the page's data, or begin a tag, if it were taken for more than text. */
export const HOSTILE = '</script><img src=x onerror=alert(1)>';

const NAMES = [
  ['colour', 'red'],
  ['colour', 'blue'],
  ['shape', 'ring'],
  ['shape', HOSTILE],
  ['wild', 'wild'],
  ['colour', 'a colour that nothing has'],
] as const;

/** A report of an autoencoder and one baseline on six concepts; the fifth latent of each is against it. */
export function scoreReport(): ScoreReport {
  return {
    ckpt: 'runs/20261126-204555-97f158',
    labels: 'a/long/path/to/some/labels/of/many/images/labels.csv',
    level: 'token',
    tokens: 'patches',
    split: { seed: 42, chosenOn: 50, measuredOn: 50 },
    k: 16,
    tau: 0.3,
    methods: [methodScores('autoencoder', 0.9), methodScores('k-means', 0.4)],
  };
}

function methodScores(method: string, quality: number): CoderScores {
  return {
    method,
    width: 512,
    normalizedMse: 0.111,
    l0: 9.09,
    probeR: quality * 0.8,
    meanAveragePrecision: quality,
    purity: 0.998,
    coverage: quality,
    meanF1: quality * 0.9,
    concepts: NAMES.map(([kind, name], c): ScoredConcept => {
      const about = { kind, name, rows: { chosen: 900, measured: 1000 } };
      if (c === NAMES.length - 1) {
        const skipped = 'no row of the half that latents are chosen on has it';
        return { ...about, positives: { chosen: 0, measured: 0 }, latents: [], skipped };
      }
      const latents = [0, 1, 2, 3, 4].map((i) => latentScores(10 * c + i, quality - 0.1 * (c + i)));
      return {
        ...about,
        positives: { chosen: 90, measured: 100 + c },
        latents,
        best: { averagePrecision: 10 * c, f1: 10 * c + 1, probe: 10 * c },
      };
    }),
  };
}

function latentScores(latent: number, quality: number): LatentScores {
  const scores = {
    f1: Math.max(0, quality),
    precision: Math.max(0, quality),
    recall: Math.max(0, quality),
    averagePrecision: Math.max(0, quality),
    r: quality - 0.3,
  };
  return {
    latent,
    threshold: 0.123_456,
    probe: { weight: latent % 10 === 4 ? -1 : 1, bias: -2 },
    chosen: scores,
    measured: { ...scores, averagePrecisionError: 0.001, purity: 0.75, precisionAtK: 0.5 },
    curve: [
      [0.1, 1],
      [0.5, 0.8],
      [1, 0.1],
    ],
  };
}
