// The files that a measuring of edits leaves.
import { join } from 'node:path';
import { writeFileAtomic, writeJsonAtomic } from '../../../base/files.ts';
import { makeFolder } from '../../../base/folders.ts';
import { svgToPng } from '../../../pages/svg.ts';
import { shortName } from '../class-names.ts';
import { FEATURES_FILE, featuresText } from '../proposing/features-file.ts';
import { changeChart } from './change-chart.ts';
import { otherShare, targetShare } from './changes.ts';
import type { ChosenFeatures } from './chosen-features.ts';
import type { QuantifyConfig } from './config.ts';
import { classesText, type MethodReport, resultsText } from './report.ts';

/** Where the files are. */
export interface WrittenQuantities {
  readonly folder: string;
  /** The original's table, counted from predictions. */
  readonly results: string;
  readonly chart: string;
}

/**
 * Write `results.csv` (counted from predictions) and `results-truth.csv`, `classes.csv`, `features.csv` where features were
 * chosen here, `results.svg` and `.png`, and `report.json` with all of it.
 */
export async function writeQuantities(
  config: QuantifyConfig,
  found: {
    readonly names: readonly string[];
    readonly images: number;
    readonly reports: readonly MethodReport[];
    readonly chosen: ChosenFeatures;
    readonly absent: { readonly truth: readonly string[]; readonly predictions: readonly string[] };
    readonly withoutFeature: readonly string[];
  },
): Promise<WrittenQuantities> {
  const { dumpTo: folder, scale, edit } = config;
  const { names, reports, chosen } = found;
  await makeFolder(folder);
  const of = (start: MethodReport['start']): MethodReport[] =>
    reports.filter((each) => each.start === start);
  const results = join(folder, 'results.csv');
  await writeFileAtomic(results, resultsText(of('predictions')));
  await writeFileAtomic(join(folder, 'results-truth.csv'), resultsText(of('truth')));
  await writeFileAtomic(join(folder, 'classes.csv'), classesText(reports, names, chosen.features));
  if (chosen.scores.size > 0) {
    const classes = [...chosen.scores].map(([each, features]) => ({
      class: each,
      name: shortName(names, each),
      patches: (features[0]?.tp ?? 0) + (features[0]?.fn ?? 0),
      features,
    }));
    await writeFileAtomic(join(folder, FEATURES_FILE), featuresText(classes));
  }
  const title = `Edits at ${scale} times the largest code, ${EXTENTS[edit]}`;
  const svg = await changeChart(of('predictions'), title);
  const chart = join(folder, 'results.png');
  await writeFileAtomic(join(folder, 'results.svg'), svg);
  await writeFileAtomic(chart, await svgToPng(svg));
  await writeJsonAtomic(join(folder, 'report.json'), {
    config,
    images: found.images,
    absent: found.absent,
    withoutFeature: found.withoutFeature,
    features: Object.fromEntries(chosen.features),
    reports: reports.map(({ classes, ...report }) => ({
      ...report,
      classes: classes
        .filter(({ patches }) => patches > 0)
        .map((each) => ({
          ...each,
          name: shortName(names, each.class),
          targetChange: targetShare(each),
          otherChange: otherShare(each),
          changedTo: Object.fromEntries(each.changedTo),
        })),
    })),
  });
  return { folder, results, chart };
}

const EXTENTS: Readonly<Record<QuantifyConfig['edit'], string>> = {
  class: 'one class at a time, in its patches',
  everywhere: 'one class at a time, in every patch of its images',
  labels: 'all classes at once, each in its patches',
};
