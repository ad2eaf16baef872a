// Storage for many short lists of (token, value): the sparse heat maps of the examples that a top-k list holds.

/** Non-zero values of one latent over the tokens of one example, tokens ascending. */
export interface TokenMap {
  readonly token: Uint32Array;
  readonly value: Float32Array;
}

/** A pool of maps by handle, which reuses the room of dropped maps: memory follows the maps that are alive. */
interface TokenMaps {
  /** Keep a copy of the first `length` entries; gives the map's handle. */
  put(token: Uint32Array, value: Float32Array, length: number): number;
  /** The map of a handle: views into the pool, valid until the map is dropped. */
  get(handle: number, length: number): TokenMap;
  /** Give the room of a map back. */
  drop(handle: number, length: number): void;
  /** Bytes held by the pool. */
  byteLength(): number;
}

/** Entries in one block of the pool; no map is longer. */
const BLOCK = 2 ** 18;

/** Create an empty pool for maps of at most `longest` entries. */
export function createTokenMaps(longest: number): TokenMaps {
  const blockSize = Math.max(BLOCK, roomFor(longest));
  const tokens: Uint32Array[] = [];
  const values: Float32Array[] = [];
  /** Handles of dropped maps by the room they leave. */
  const free = new Map<number, number[]>();
  let end = 0;

  const allocate = (room: number): number => {
    const reused = free.get(room)?.pop();
    if (reused !== undefined) return reused;
    if (end + room > tokens.length * blockSize) {
      end = tokens.length * blockSize;
      tokens.push(new Uint32Array(blockSize));
      values.push(new Float32Array(blockSize));
    }
    const handle = end;
    end += room;
    return handle;
  };

  return {
    put(token, value, length) {
      const handle = allocate(roomFor(length));
      const block = Math.floor(handle / blockSize);
      const start = handle - block * blockSize;
      tokens[block]!.set(token.subarray(0, length), start);
      values[block]!.set(value.subarray(0, length), start);
      return handle;
    },
    get(handle, length) {
      const block = Math.floor(handle / blockSize);
      const start = handle - block * blockSize;
      return {
        token: tokens[block]!.subarray(start, start + length),
        value: values[block]!.subarray(start, start + length),
      };
    },
    drop(handle, length) {
      const room = roomFor(length);
      const handles = free.get(room);
      if (handles === undefined) free.set(room, [handle]);
      else handles.push(handle);
    },
    byteLength: () => tokens.length * blockSize * 8,
  };
}

/** Round a length up to the sizes 1, 2, 3, 4, 6, 8, 12, 16 …, so that dropped room fits later maps. */
function roomFor(length: number): number {
  if (length <= 2) return Math.max(1, length);
  const power = 2 ** Math.floor(Math.log2(length));
  return length === power ? power : length <= power * 1.5 ? power * 1.5 : power * 2;
}
