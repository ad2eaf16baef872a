// Where the gradients of many targets stand in one matrix: each has a row at every position that it can reach, and none
// before it begins.

/** Rows of a matrix, positions first; a position has the targets that can reach it. */
export interface Places {
  /** Numbers of the targets that have begun, from the last position to the first. */
  readonly targets: readonly number[];
  /** First place of each position; the last number says how many places there are. */
  readonly start: Int32Array;
}

/** A matrix with a row at each place. */
export interface Placed {
  readonly places: Places;
  /** `[places, width]` */
  readonly data: Float32Array;
}

/** Give targets, each at its last position, their places. */
export function placesOf(
  targets: readonly number[],
  positionOf: (target: number) => number,
): Places {
  const sorted = [...targets].sort((a, b) => positionOf(b) - positionOf(a));
  const positions = sorted.length === 0 ? 0 : positionOf(sorted[0]!) + 1;
  const start = new Int32Array(positions + 1);
  let reaching = sorted.length;
  for (let position = 0; position < positions; position++) {
    while (positionOf(sorted[reaching - 1]!) < position) reaching--;
    start[position + 1] = start[position]! + reaching;
  }
  return { targets: sorted, start };
}

/** How many positions are reached at all. */
export function positionsOf({ start }: Places): number {
  return start.length - 1;
}

/** How many targets reach a position: the first ones of the list. */
export function countAt({ start }: Places, position: number): number {
  return start[position + 1]! - start[position]!;
}

/** Move rows to more places; new ones are zero. */
export function widened({ places: from, data }: Placed, places: Places, width: number): Placed {
  const wide = new Float32Array(places.start.at(-1)! * width);
  const before = new Map(from.targets.map((target, i) => [target, i]));
  places.targets.forEach((target, i) => {
    const old = before.get(target);
    if (old === undefined) return;
    for (let position = 0; position < positionsOf(from); position++) {
      if (old >= countAt(from, position)) break;
      const at = (from.start[position]! + old) * width;
      wide.set(data.subarray(at, at + width), (places.start[position]! + i) * width);
    }
  });
  return { places, data: wide };
}
