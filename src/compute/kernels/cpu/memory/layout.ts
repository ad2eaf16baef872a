// Where everything of one coder lies in its WebAssembly memory.
import { UserError } from '../../../../base/errors.ts';
import { bytes as size } from '../../../../base/text.ts';
import { FIRST_FREE, MOST_BYTES } from '../../../wasm/module.ts';
import type { CoderOptions } from '../../types.ts';
import { auxRegions } from './aux-regions.ts';
import { bytesOfEntry, codeRegions, rowRegions } from './batch-regions.ts';
import { DENSE_BLOCK_ROWS, ENCODE_ROWS } from './block-sizes.ts';
import { gateRegions } from './gate-regions.ts';
import { emptyRoom, type LayoutSizes } from './room.ts';
import { scratchRegions } from './scratch-regions.ts';
import { weightRegions } from './weight-regions.ts';

/** Above this share of active entries dense products win over sparse kernels. */
export const DENSE_SHARE = 0.06;
/** Products with fewer latents take too little for bounds to gain anything. */
const LEAST_SCREENED = 1024;
/** Longer rows than the slack of their norms is meant for are not screened. */
const LONGEST_SCREENED = 32_768;

const LIMIT = MOST_BYTES - FIRST_FREE;

/** Byte addresses of a coder's arrays, whether it needs them or not. */
type Addresses = ReturnType<typeof weightRegions> &
  ReturnType<typeof rowRegions> &
  ReturnType<typeof codeRegions> &
  ReturnType<typeof auxRegions> &
  ReturnType<typeof gateRegions>;

/** Byte addresses of a coder's arrays, and the sizes they were laid out with. */
export interface Layout extends LayoutSizes {
  /** Entries that the codes can hold. */
  readonly capacity: number;
  /** Rows that a thread encodes at a time. */
  readonly encodeRows: number;
  readonly at: Readonly<Addresses>;
  /** A thread's private arrays, by thread. */
  readonly scratch: readonly Readonly<ReturnType<typeof scratchRegions>>[];
  /** Size of the whole memory. */
  readonly bytes: number;
}

/** What a pool of threads is like. */
interface PoolTraits {
  /** Most rows that one thread encodes at a time. */
  readonly blockRows?: number | undefined;
  /** Whether it has an exact 8-bit product. */
  readonly screens?: boolean | undefined;
}

/**
 * Plan the memory of a coder. Address space is reserved for the largest case but only touched memory is real, so
 * generous room costs nothing.
 * @throws {UserError} when the coder does not fit the 4 GiB of a WebAssembly memory.
 */
export function planLayout(
  options: CoderOptions,
  threads: number,
  { blockRows = ENCODE_ROWS, screens: canScreen = false }: PoolTraits = {},
): Layout {
  const sizes = sizesOf(options, canScreen);
  const { latents, maxRows } = sizes;
  const room = emptyRoom(sizes);
  const arrays = {
    ...weightRegions(room, sizes),
    ...rowRegions(room, sizes),
    ...auxRegions(room, sizes),
    ...gateRegions(room, sizes),
  };
  const encodeRows = Math.min(blockRows, encodeBlock(maxRows, latents, threads));
  const scratch = Array.from({ length: threads }, () => scratchRegions(room, encodeRows, sizes));

  const perEntry = bytesOfEntry(sizes);
  const roomFor = Math.floor((LIMIT - room.top() - 1024) / perEntry);
  const everything = maxRows * latents;
  const least = Math.min(everything, 32 * latents);
  if (roomFor < least) {
    // Better without screening than not at all.
    if (sizes.screens) return planLayout(options, threads, { blockRows });
    throw new UserError(
      `unsupported size: a coder of ${options.dIn} × ${options.dSae} with batches of ${maxRows} rows needs more than 4 GiB (${size(room.top() + perEntry * least)})`,
      { hint: 'use a smaller batch size or fewer latents' },
    );
  }
  const wanted = Math.max(Math.ceil(everything * (DENSE_SHARE + 0.01)), 4_000_000);
  const capacity = Math.min(everything, wanted, roomFor);
  const at = { ...arrays, ...codeRegions(room, capacity) };
  return { ...sizes, capacity, encodeRows, at, scratch, bytes: room.top() };
}

function sizesOf(options: CoderOptions, canScreen: boolean): LayoutSizes {
  const { dIn, dOut, dSae, maxRows, inputBias, maxPrefixes = 1, train = false } = options;
  const { gated = false, skip = false, directions, maxAux = 0 } = options;
  const bytesIn = Math.ceil(dIn / 16) * 64;
  return {
    shape: { dIn, dOut, dSae },
    latents: Math.ceil(dSae / 16) * 16,
    bytesIn,
    bytesOut: Math.ceil(dOut / 16) * 64,
    maxRows,
    maxPrefixes,
    maxAux: train ? Math.min(maxAux, dSae) : 0,
    nDirections: (directions?.length ?? 0) / dOut,
    inputBias,
    train,
    gated,
    skip,
    screens: canScreen && dSae >= LEAST_SCREENED && bytesIn / 4 <= LONGEST_SCREENED,
  };
}

/** Where the sums of blocks of latents begin, behind those of dense blocks of rows. */
export function firstLatentBlock({ maxRows }: Pick<Layout, 'maxRows'>): number {
  return Math.ceil(maxRows / DENSE_BLOCK_ROWS);
}

/** Rows of an encoder block: full lists of all threads must stay within half a gigabyte of address space. */
function encodeBlock(maxRows: number, latents: number, threads: number): number {
  const fitting = Math.floor(2 ** 29 / (latents * 8 * threads));
  return Math.max(8, Math.min(ENCODE_ROWS, maxRows, fitting));
}
