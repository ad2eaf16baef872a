// How well one number tells two groups apart: F1 above a threshold, area under the ROC curve, difference of means.

/** Values of one latent that are not 0, in either group, and how many members the groups have. */
export interface TwoGroups {
  /** Values of those that have the property; as many zeros as are missing belong to it. */
  readonly positive: readonly number[];
  readonly nPositive: number;
  readonly negative: readonly number[];
  readonly nNegative: number;
}

/** A rule `value > threshold` and how well it does. */
export interface Rule {
  readonly threshold: number;
  readonly f1: number;
  readonly precision: number;
  readonly recall: number;
}

/** Measure a rule on two groups: F1 is 0 where it says yes of none that has the property. */
export function measureRule(groups: TwoGroups, threshold: number): Rule {
  const above = (values: readonly number[], n: number): number =>
    values.filter((value) => value > threshold).length + (threshold < 0 ? n - values.length : 0);
  const tp = above(groups.positive, groups.nPositive);
  return ruleOf(threshold, tp, above(groups.negative, groups.nNegative), groups.nPositive);
}

/** Find the threshold with the best F1, half-way between two values or at 0; the largest of several. Values are positive. */
export function bestRule({ positive, nPositive, negative }: TwoGroups): Rule {
  const all = [
    ...positive.map((value) => ({ value, isPositive: true })),
    ...negative.map((value) => ({ value, isPositive: false })),
  ].sort((a, b) => b.value - a.value);
  let best = ruleOf(all[0]?.value ?? 0, 0, 0, nPositive);
  let [tp, fp] = [0, 0];
  for (const [i, { value, isPositive }] of all.entries()) {
    if (isPositive) tp++;
    else fp++;
    const next = all[i + 1]?.value ?? 0;
    if (next === value) continue;
    const threshold = i + 1 === all.length ? 0 : (value + next) / 2;
    const rule = ruleOf(threshold, tp, fp, nPositive);
    if (rule.f1 > best.f1) best = rule;
  }
  return best;
}

function ruleOf(threshold: number, tp: number, fp: number, nPositive: number): Rule {
  return {
    threshold,
    f1: tp === 0 ? 0 : (2 * tp) / (tp + fp + nPositive),
    precision: tp === 0 ? 0 : tp / (tp + fp),
    recall: nPositive === 0 ? 0 : tp / nPositive,
  };
}

/** Area under the ROC curve: how likely a member with the property has the larger value, equal ones counting half. */
export function areaUnderRoc({ positive, nPositive, negative, nNegative }: TwoGroups): number {
  const [a, b] = [positive.toSorted((x, y) => x - y), negative.toSorted((x, y) => x - y)];
  const zeros = [nPositive - a.length, nNegative - b.length] as const;
  let wins = zeros[0] * zeros[1] * 0.5 + a.length * zeros[1];
  let below = 0;
  let upTo = 0;
  for (const value of a) {
    while (below < b.length && b[below]! < value) below++;
    while (upTo < b.length && b[upTo]! <= value) upTo++;
    wins += below + 0.5 * (upTo - below);
  }
  return wins / (nPositive * nNegative);
}

/** Mean of a group, zeros included. */
export function meanOf(values: readonly number[], n: number): number {
  return values.reduce((sum, value) => sum + value, 0) / n;
}
