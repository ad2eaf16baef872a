// The best one-to-one assignment of rows to columns: shortest augmenting paths (Jonker and Volgenant 1987), for any
// rectangle.

/**
 * Assign rows to columns one to one, so that the sum of what is assigned is largest: as many as the shorter side has.
 * `similarity` is `[rows, columns]`, of finite numbers. Returns the column of each row, −1 for rows that are left over.
 * Takes time of about rows² · columns at worst, and mostly far less.
 * @throws {RangeError} for a matrix of another size, or with what is no number.
 */
export function assignRows(
  similarity: Float32Array,
  rows: number,
  columns: number,
): Int32Array<ArrayBuffer> {
  if (similarity.length !== rows * columns || !similarity.every(Number.isFinite)) {
    throw new RangeError(`assignment: expected ${rows} × ${columns} finite numbers`);
  }
  if (rows <= columns) return assignShorter(similarity, rows, columns);
  const rowOf = assignShorter(transposed(similarity, rows, columns), columns, rows);
  const columnOf = new Int32Array(rows).fill(-1);
  for (const [column, row] of rowOf.entries()) columnOf[row] = column;
  return columnOf;
}

function transposed(matrix: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(matrix.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) out[j * rows + i] = matrix[i * columns + j]!;
  }
  return out;
}

/** What is known of an assignment while it grows: rows want columns at their similarity less the column's price. */
interface Assignment {
  readonly similarity: Float32Array;
  readonly rows: number;
  readonly columns: number;
  /** Price of each column, never below 0, and 0 while nobody has it. */
  readonly price: Float64Array;
  readonly columnOf: Int32Array<ArrayBuffer>;
  readonly rowOf: Int32Array<ArrayBuffer>;
}

/** At most as many rows as columns. */
function assignShorter(
  similarity: Float32Array,
  rows: number,
  columns: number,
): Int32Array<ArrayBuffer> {
  const state: Assignment = {
    similarity,
    rows,
    columns,
    price: new Float64Array(columns),
    columnOf: new Int32Array(rows).fill(-1),
    rowOf: new Int32Array(columns).fill(-1),
  };
  let free = Array.from({ length: rows }, (_, i) => i);
  if (columns > 1) for (let pass = 0; pass < 2; pass++) free = bid(state, free);
  const search = searcher(state);
  for (const row of free) search(row);
  return state.columnOf;
}

/** Let rows bid for columns and drive each other out, in one pass; returns those that end without one. */
function bid(state: Assignment, waiting: readonly number[]): number[] {
  const { similarity, rows, columns, price, columnOf, rowOf } = state;
  const left: number[] = [];
  const queue = [...waiting].reverse();
  // Rows that drive each other out by ever smaller steps are left to the search.
  for (let bids = 0; queue.length > 0; bids++) {
    const row = queue.pop()!;
    if (bids > 4 * rows) {
      left.push(row);
      continue;
    }
    let [first, second] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
    let [best, next] = [-1, -1];
    const from = row * columns;
    for (let j = 0; j < columns; j++) {
      const gain = similarity[from + j]! - price[j]!;
      if (gain <= second) continue;
      if (gain > first) {
        [second, next] = [first, best];
        [first, best] = [gain, j];
      } else {
        [second, next] = [gain, j];
      }
    }
    const isClear = first > second;
    if (isClear) price[best]! += first - second;
    else if (rowOf[best]! >= 0) best = next;
    const driven = rowOf[best]!;
    rowOf[best] = row;
    columnOf[row] = best;
    if (driven < 0) continue;
    columnOf[driven] = -1;
    if (isClear) queue.push(driven);
    else left.push(driven);
  }
  return left;
}

/** Make a function that finds a column for one row more, along the path on which the others lose least. */
function searcher(state: Assignment): (row: number) => void {
  const { similarity, columns, price, rowOf } = state;
  const loss = new Float64Array(columns);
  const before = new Int32Array(columns);
  const done = new Uint8Array(columns);
  const settled: number[] = [];
  return (start) => {
    done.fill(0);
    settled.length = 0;
    for (let j = 0; j < columns; j++) {
      loss[j] = price[j]! - similarity[start * columns + j]!;
      before[j] = start;
    }
    for (;;) {
      let [column, least] = [-1, Number.POSITIVE_INFINITY];
      for (let j = 0; j < columns; j++) {
        if (done[j] === 1) continue;
        const own = loss[j]!;
        // Of equal ones a column that nobody has ends the search.
        if (own < least || (own === least && rowOf[column]! >= 0 && rowOf[j]! < 0)) {
          [column, least] = [j, own];
        }
      }
      const row = rowOf[column]!;
      if (row < 0) {
        for (const j of settled) price[j]! += least - loss[j]!;
        augment(state, before, column, start);
        return;
      }
      done[column] = 1;
      settled.push(column);
      const from = row * columns;
      const offset = least - (price[column]! - similarity[from + column]!);
      for (let j = 0; j < columns; j++) {
        if (done[j] === 1) continue;
        const through = price[j]! - similarity[from + j]! + offset;
        if (through >= loss[j]!) continue;
        loss[j] = through;
        before[j] = row;
      }
    }
  };
}

/** Hand columns on along the path that ends in a free one. */
function augment(
  { columnOf, rowOf }: Assignment,
  before: Int32Array,
  end: number,
  start: number,
): void {
  for (let column = end; ; ) {
    const row = before[column]!;
    rowOf[column] = row;
    const given = columnOf[row]!;
    columnOf[row] = column;
    if (row === start) return;
    column = given;
  }
}
