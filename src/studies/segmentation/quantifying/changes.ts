// Which patches change class under an edit: counts for each class, of its own patches and of others.

/** What an edit did to the patches of one class and to others. */
export interface ClassChange {
  readonly class: number;
  /** Patches of the class, and how many of them changed. */
  readonly patches: number;
  readonly changed: number;
  /** Patches that are not of it, and how many of those changed. */
  readonly others: number;
  readonly othersChanged: number;
  /** What its patches changed to: class → patches, most first. */
  readonly changedTo: ReadonlyMap<number, number>;
}

/** Counts of changes that grow. */
export interface ChangeCounts {
  /**
   * Count patches that were `before` and are `after` an edit, `[patches]` each. `groups` says which class each belongs to
   * (0 or less: none). An edit for one class alone counts for that one only.
   */
  add(
    groups: ArrayLike<number>,
    before: ArrayLike<number>,
    after: ArrayLike<number>,
    only?: number,
  ): void;
  /** Counts of the classes 1 … nClasses − 1. */
  results(): ClassChange[];
}

/** Begin to count. */
export function countChanges(nClasses: number): ChangeCounts {
  const patches = new Float64Array(nClasses);
  const changed = new Float64Array(nClasses);
  const others = new Float64Array(nClasses);
  const othersChanged = new Float64Array(nClasses);
  const to = Array.from({ length: nClasses }, () => new Map<number, number>());
  const own = new Float64Array(nClasses);
  const ownChanged = new Float64Array(nClasses);

  const move = (group: number, target: number): void => {
    to[group]!.set(target, (to[group]!.get(target) ?? 0) + 1);
  };
  return {
    add(groups, before, after, only) {
      own.fill(0);
      ownChanged.fill(0);
      let allChanged = 0;
      for (let i = 0; i < groups.length; i++) {
        const group = Math.max(0, groups[i]!);
        own[group]!++;
        if (before[i] === after[i]) continue;
        allChanged++;
        ownChanged[group]!++;
        if (only === undefined || only === group) move(group, after[i]!);
      }
      for (let each = 1; each < nClasses; each++) {
        if (only !== undefined && each !== only) continue;
        patches[each]! += own[each]!;
        changed[each]! += ownChanged[each]!;
        others[each]! += groups.length - own[each]!;
        othersChanged[each]! += allChanged - ownChanged[each]!;
      }
    },
    results: () =>
      Array.from({ length: nClasses - 1 }, (_, i) => ({
        class: i + 1,
        patches: patches[i + 1]!,
        changed: changed[i + 1]!,
        others: others[i + 1]!,
        othersChanged: othersChanged[i + 1]!,
        changedTo: new Map([...to[i + 1]!].sort(([a, m], [b, n]) => n - m || a - b)),
      })),
  };
}

/** Shares of patches that changed, over all classes. */
export interface ChangeSummary {
  /** Share of patches that changed, each under the edit of its own class. */
  readonly targetChange: number;
  /** Standard deviation of that over classes; those without a patch count as 0, as in the original. */
  readonly targetStd: number;
  /** Share of other patches that changed. */
  readonly otherChange: number;
  readonly otherStd: number;
  /** The standard deviations over classes that have patches. */
  readonly targetStdPresent: number;
  readonly otherStdPresent: number;
}

/** Sum up the changes of all classes. */
export function summarizeChanges(classes: readonly ClassChange[]): ChangeSummary {
  const sum = (of: (each: ClassChange) => number): number =>
    classes.reduce((total, each) => total + of(each), 0);
  const present = classes.filter(({ patches }) => patches > 0);
  return {
    targetChange: share(
      sum(({ changed }) => changed),
      sum(({ patches }) => patches),
    ),
    targetStd: deviation(classes.map(targetShare)),
    otherChange: share(
      sum(({ othersChanged }) => othersChanged),
      sum(({ others }) => others),
    ),
    otherStd: deviation(classes.map(otherShare)),
    targetStdPresent: deviation(present.map(targetShare)),
    otherStdPresent: deviation(present.map(otherShare)),
  };
}

/** Share of the class's own patches that changed; 0 where it has none. */
export function targetShare({ changed, patches }: ClassChange): number {
  return share(changed, patches);
}

/** Share of other patches that changed; 0 where there are none. */
export function otherShare({ othersChanged, others }: ClassChange): number {
  return share(othersChanged, others);
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

/** Standard deviation of a whole population, as numpy's `std`; 0 of nothing. */
function deviation(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length);
}
