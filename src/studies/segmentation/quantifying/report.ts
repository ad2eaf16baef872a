// Tables of what edits did: the original's, one line a method, and one line for each class.
import { csvText } from '../../../formats/csv.ts';
import { shortName } from '../class-names.ts';
import {
  type ChangeSummary,
  type ClassChange,
  otherShare,
  summarizeChanges,
  targetShare,
} from './changes.ts';

/** What patches are counted by: the class that the head saw in them before the edit, or their true one. */
export type ChangeStart = 'predictions' | 'truth';

/** What one method did. */
export interface MethodReport {
  readonly method: string;
  readonly start: ChangeStart;
  readonly summary: ChangeSummary;
  readonly classes: readonly ClassChange[];
}

/** Sum up the changes of one method. */
export function reportOf(
  method: string,
  start: ChangeStart,
  classes: readonly ClassChange[],
): MethodReport {
  return { method, start, summary: summarizeChanges(classes), classes };
}

/** The original's table: shares that changed, and their standard deviations over all classes. */
export function resultsText(reports: readonly MethodReport[]): string {
  return csvText(
    ['method', 'target_change', 'target_std', 'other_change', 'other_std'],
    reports.map(({ method, summary }) => [
      method,
      summary.targetChange,
      summary.targetStd,
      summary.otherChange,
      summary.otherStd,
    ]),
  );
}

/** A line for each method, start and class; shares are empty where there is no patch to take them of. */
export function classesText(
  reports: readonly MethodReport[],
  names: readonly string[],
  features: ReadonlyMap<number, number>,
): string {
  const name = (each: number): string => shortName(names, each);
  return csvText(
    [
      'method',
      'start',
      'class',
      'name',
      'latent',
      'patches',
      'changed',
      'target_change',
      'other_patches',
      'other_changed',
      'other_change',
      'changed_to',
    ],
    reports.flatMap(({ method, start, classes }) =>
      classes.map((each) => [
        method,
        start,
        each.class,
        name(each.class),
        features.get(each.class),
        each.patches,
        each.changed,
        each.patches === 0 ? undefined : targetShare(each),
        each.others,
        each.othersChanged,
        each.others === 0 ? undefined : otherShare(each),
        [...each.changedTo].map(([to, count]) => `${name(to)}: ${count}`).join('; '),
      ]),
    ),
  );
}
