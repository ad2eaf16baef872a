// How much of the roots passes each node, by following shares of inputs backwards.
//
// Row t of the share matrix is `|A_t| / Σ |A_t|`, where `A_t` are the signed inputs of t; influence is the roots' weights
// times `S + S² + …` (Ameisen et al., "Circuit Tracing", 2025). Inputs always lie lower in the model, so one pass from the
// top sums the series.

/** A node whose inputs are known: their numbers and contributions, without zeros. */
export interface InputRow {
  readonly node: number;
  /** Sublayers below it: inputs have less. */
  readonly depth: number;
  readonly from: Uint32Array;
  readonly weight: Float32Array;
}

/**
 * Influence of each of `count` nodes, given the rows from the highest depth to the lowest. `starts` gives what each root
 * has to begin with; it is not part of its own influence.
 */
export function influences(
  rows: readonly InputRow[],
  starts: ReadonlyMap<number, number>,
  count: number,
): Float64Array {
  const influence = new Float64Array(count);
  for (const { node, from, weight } of rows) {
    const own = influence[node]! + (starts.get(node) ?? 0);
    if (own === 0) continue;
    let total = 0;
    for (let i = 0; i < weight.length; i++) total += Math.abs(weight[i]!);
    if (total === 0) continue;
    const share = own / total;
    for (let i = 0; i < from.length; i++) influence[from[i]!]! += share * Math.abs(weight[i]!);
  }
  return influence;
}

/** Sort rows so that each stands before its inputs. */
export function fromTheTop<Row extends { readonly depth: number }>(rows: readonly Row[]): Row[] {
  return [...rows].sort((a, b) => b.depth - a.depth);
}
