// p-annealing (Karvonen et al. 2024, arXiv 2408.00113; dictionary_learning's p_anneal.py): a penalty on Σ f^p whose p falls in
// steps, while its coefficient changes so that the penalty stays as large as it was.

/** How p falls. */
export interface AnnealPlan {
  /** Steps of the first and of the last change. */
  readonly start: number;
  readonly end: number;
  /** Changes, the first one to `pStart`. */
  readonly nChanges: number;
  readonly pStart: number;
  readonly pEnd: number;
  /** Whether the penalty of a row is the p-th root of its sum. */
  readonly root: boolean;
  /** Steps whose penalties tell by how much the coefficient changes. */
  readonly nRecent: number;
}

/** What annealing keeps from step to step, JSON-safe. */
export interface AnnealState {
  /** What the coefficient is multiplied with. */
  readonly factor: number;
  /** Of recent steps, the penalties without a coefficient for p and for the next one. */
  readonly recent: readonly (readonly [now: number, next: number])[];
}

/** At the beginning. */
export const FIRST_ANNEAL: AnnealState = { factor: 1, recent: [] };

/** The power of a step. */
export interface Power {
  readonly p: number;
  /** What it will be after the next change; undefined before the first. */
  readonly nextP: number | undefined;
  readonly root: boolean;
  /** Whether p changes after this step. */
  readonly changes: boolean;
}

/** p in update `step`, from 0, and what it will be after the next change; undefined before the first change. */
export function powerAt(plan: AnnealPlan, step: number): Power {
  const { nChanges, pStart, pEnd, start, end } = plan;
  const at = (i: number): number => Math.trunc(between(start, end, i, nChanges));
  let made = 0;
  while (made < nChanges && at(made) < step) made++;
  const power = (i: number): number => (i < nChanges ? between(pStart, pEnd, i, nChanges) : pEnd);
  return {
    p: made === 0 ? pStart : power(made - 1),
    nextP: made === 0 ? undefined : power(made),
    root: plan.root,
    changes: made < nChanges && at(made) === step,
  };
}

/** Where annealing stands after update `step`, whose penalties without a coefficient were `powers`, for p and for the next. */
export function anneal(
  state: AnnealState,
  plan: AnnealPlan,
  { step, powers }: { readonly step: number; readonly powers: readonly [number, number] },
): AnnealState {
  const { nextP, changes } = powerAt(plan, step);
  if (nextP === undefined) return state;
  const recent = [...state.recent, powers].slice(-plan.nRecent);
  if (!changes) return { ...state, recent };
  const sum = (which: 0 | 1): number => recent.reduce((total, pair) => total + pair[which], 0);
  // Rows without any code have no penalty, whatever p is.
  const ratio = sum(1) > 0 ? sum(0) / sum(1) : 1;
  return { factor: state.factor * ratio, recent };
}

/** Value `i` of `n` from `first` to `last`, equally far apart, each taken from the end that is nearer, as PyTorch does. */
function between(first: number, last: number, i: number, n: number): number {
  if (n === 1) return first;
  const by = (last - first) / (n - 1);
  return i < n / 2 ? first + by * i : last - by * (n - 1 - i);
}
