// Where everything of one coder lies in its WebAssembly memory.
import { UserError } from '../../../base/errors.ts';
import { bytes as size } from '../../../base/text.ts';
import { GEMM_SCRATCH } from '../../wasm/kernels.ts';
import { FIRST_FREE, MOST_BYTES } from '../../wasm/module.ts';
import type { CoderOptions, InputBias } from '../types.ts';
import { GATE_ENTRIES, type GateRegion, gateRegions } from './gate-regions.ts';

/** Rows that one thread encodes at a time: enough for a product to run at full speed. */
const ENCODE_ROWS = 512;
/** Latents of one product; its result stays in the second-level cache until it is compacted. */
export const ENCODE_LATENTS = 1024;
/** Latents of an 8-bit product: their rows in float32 stay in the second-level cache, too. */
export const SCREEN_LATENTS = 256;
/** Products with fewer latents take too little for bounds to gain anything. */
const LEAST_SCREENED = 1024;
/** Longer rows than the slack of their norms is meant for are not screened. */
const LONGEST_SCREENED = 32_768;
/** Rows reconstructed, and latents updated, between two looks at the work queue. */
export const RECONSTRUCT_ROWS = 32;
export const UPDATE_LATENTS = 256;
/** Rows of a chunk while codes are dense. */
export const DENSE_ROWS = 1024;
/** Rows of a dense chunk that one thread takes, and latents in the backward half. */
export const DENSE_BLOCK_ROWS = 256;
export const DENSE_BLOCK_LATENTS = 512;
/** Rows of a skip connection that one thread takes. */
export const SKIP_ROWS = 64;
/** Ghosts whose weights are gathered at a time: they fit where a dense block keeps its rows. */
export const GHOST_LATENTS = DENSE_BLOCK_ROWS;
/** Directions that the decoder rows of an update block are compared with at a time. */
export const CONNECTION_ROWS = 512;
/** Bins in which the entries of a batch are counted, to find its largest. */
export const HISTOGRAM_BINS = 65_536;
/** Above this share of active entries dense products win over sparse kernels. */
export const DENSE_SHARE = 0.06;

const LIMIT = MOST_BYTES - FIRST_FREE;

/** Byte addresses of a coder's arrays, and the sizes they were laid out with. */
export interface Layout {
  readonly shape: { dIn: number; dOut: number; dSae: number };
  /** dSae rounded up to 16: the latents beyond have an infinite threshold. */
  readonly latents: number;
  /** Bytes of a row of dIn and of dOut floats, rounded up to 64. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly maxRows: number;
  readonly maxPrefixes: number;
  /** Latents of a row that can explain what is left. */
  readonly maxAux: number;
  /** Entries that the codes can hold. */
  readonly capacity: number;
  readonly encodeRows: number;
  readonly inputBias: InputBias;
  readonly gated: boolean;
  readonly skip: boolean;
  /** Whether there is room to screen entries by an 8-bit product. */
  readonly screens: boolean;
  /** Number of directions for sparse connections. */
  readonly nDirections: number;
  readonly at: Readonly<Record<Region, number>>;
  /** Start of a thread's private scratch, by thread. */
  readonly scratch: readonly Readonly<Record<ScratchRegion, number>>[];
  /** Size of the whole memory. */
  readonly bytes: number;
}

type Region =
  | 'wEnc'
  | 'bEnc'
  | 'wDec'
  | 'bDec'
  | 'threshold'
  | 'floor'
  | 'rounded'
  | 'roundedScale'
  | 'roundedNear'
  | 'roundedFar'
  | 'wEnc.m'
  | 'wEnc.v'
  | 'bEnc.m'
  | 'bEnc.v'
  | 'wDec.m'
  | 'wDec.v'
  | 'bDec.m'
  | 'bDec.v'
  | 'bIn'
  | 'bIn.m'
  | 'bIn.v'
  | 'threshold.m'
  | 'threshold.v'
  | 'gWEnc'
  | 'gWDec'
  | 'gBEnc'
  | 'gBDec'
  | 'gBIn'
  | 'gThreshold'
  | 'gWindow'
  | 'lifted'
  | 'liftedInput'
  | 'liftedSums'
  | 'penaltySums'
  | 'rowL0Count'
  | 'rowL0'
  | 'directions'
  | 'seen'
  | 'decoderNorms'
  | 'fired'
  | 'ghosts'
  | 'ghosted'
  | 'ghostErrors'
  | 'ghostSums'
  | 'connectionSums'
  | 'auxLatents'
  | 'auxFloor'
  | 'auxFired'
  | 'auxPrefix'
  | 'auxBias'
  | 'left'
  | 'auxErrors'
  | 'wSkip'
  | 'wSkip.m'
  | 'wSkip.v'
  | 'gWSkip'
  | 'skipTarget'
  | AuxCodes
  | GateRegion
  | (typeof GATE_ENTRIES)[number]
  | 'x'
  | 'centred'
  | 'target'
  | 'rowWeights'
  | 'errors'
  | 'prefixes'
  | 'rowStart'
  | 'rowCount'
  | 'cursor'
  | 'histogram'
  | 'index'
  | 'pre'
  | 'dPre'
  | 'colCount'
  | 'colStart'
  | 'colRow'
  | 'colPre'
  | 'colDPre'
  | 'sums'
  | 'rowShares'
  | 'latentShares'
  | 'denseF'
  | 'densePre'
  | 'denseG';

/** Codes of the latents that explain what is left, by row and by latent. */
type AuxCodes = `aux${Capitalize<CodeRegion>}`;
type CodeRegion =
  | 'rowStart'
  | 'rowCount'
  | 'index'
  | 'pre'
  | 'dPre'
  | 'colCount'
  | 'colStart'
  | 'colRow'
  | 'colPre'
  | 'colDPre';

type ScratchRegion =
  | 'listed'
  | 'tile'
  | 'listIndex'
  | 'listValue'
  | 'listCount'
  | 'bounds'
  | 'values'
  | 'row'
  | 'gEnc'
  | 'gDec'
  | 'signs'
  | 'gathered'
  | 'rows'
  | 'rowScale'
  | 'rowNear'
  | 'rowFar'
  | 'listLower'
  | 'listRead'
  | 'listKept'
  | 'gemm';

/** What a pool of threads is like. */
interface PoolTraits {
  /** Most rows that one thread encodes at a time. */
  readonly blockRows?: number | undefined;
  /** Whether it has an exact 8-bit product. */
  readonly screens?: boolean | undefined;
}

/**
 * Plan the memory of a coder. Address space is reserved for the largest case but only touched memory is real, so
 * generous room costs nothing. Throws when the coder does not fit the 4 GiB of a WebAssembly memory.
 */
export function planLayout(
  options: CoderOptions,
  threads: number,
  { blockRows = ENCODE_ROWS, screens: canScreen = false }: PoolTraits = {},
): Layout {
  const {
    dIn,
    dOut,
    dSae,
    maxRows,
    train = false,
    inputBias,
    gated = false,
    skip = false,
  } = options;
  const maxAux = train ? Math.min(options.maxAux ?? 0, dSae) : 0;
  const nDirections = (options.directions?.length ?? 0) / dOut;
  const maxPrefixes = options.maxPrefixes ?? 1;
  const latents = Math.ceil(dSae / 16) * 16;
  const bytesIn = Math.ceil(dIn / 16) * 64;
  const bytesOut = Math.ceil(dOut / 16) * 64;
  let top = FIRST_FREE;
  const take = (bytes: number): number => {
    const start = top;
    top = Math.ceil((top + bytes) / 64) * 64;
    return start;
  };
  const training = (bytes: number): number => (train ? take(bytes) : 0);
  const aux = (bytes: number): number => (maxAux > 0 ? take(bytes) : 0);
  const screens = canScreen && dSae >= LEAST_SCREENED && bytesIn / 4 <= LONGEST_SCREENED;
  const screening = (bytes: number): number => (screens ? take(bytes) : 0);
  const ownBias = inputBias === 'own' ? bytesIn : 0;

  const weights = {
    wEnc: take(latents * bytesIn),
    bEnc: take(latents * 4),
    wDec: take(latents * bytesOut),
    bDec: take(bytesOut),
    threshold: take(latents * 4),
    floor: take(latents * 4),
    rounded: screening((latents * bytesIn) / 4),
    roundedScale: screening(latents * 4),
    roundedNear: screening(latents * 4),
    roundedFar: screening(latents * 4),
    'wEnc.m': training(latents * bytesIn),
    'wEnc.v': training(latents * bytesIn),
    'bEnc.m': training(latents * 4),
    'bEnc.v': training(latents * 4),
    'wDec.m': training(latents * bytesOut),
    'wDec.v': training(latents * bytesOut),
    'bDec.m': training(bytesOut),
    'bDec.v': training(bytesOut),
    bIn: take(ownBias),
    'bIn.m': training(ownBias),
    'bIn.v': training(ownBias),
    'threshold.m': training(latents * 4),
    'threshold.v': training(latents * 4),
    gBEnc: training(latents * 4),
    gBDec: training(bytesOut),
    gBIn: training(ownBias),
    gThreshold: training(latents * 4),
    gWindow: training(latents * 4),
    lifted: training(latents * 4),
    liftedInput: training(bytesIn),
    liftedSums: training(Math.ceil(latents / DENSE_BLOCK_LATENTS) * 8),
    directions: training(nDirections * bytesOut),
    seen: training(latents),
    decoderNorms: training(latents * 4),
    fired: training(latents * 4),
    ghosts: training(latents * 4),
    ghosted: training(latents),
    ghostErrors: training(DENSE_ROWS * bytesOut),
    ghostSums: training(Math.ceil(maxRows / DENSE_BLOCK_ROWS) * 8),
    connectionSums: training(Math.ceil(latents / UPDATE_LATENTS) * 8),
  };
  const dense = {
    gWEnc: training(latents * bytesIn),
    gWDec: training(latents * bytesOut),
    denseF: training(DENSE_ROWS * latents * 4),
    densePre: training(DENSE_ROWS * latents * 4),
    denseG: training(DENSE_ROWS * latents * 4),
  };
  const x = take(maxRows * bytesIn);
  const batch = {
    x,
    centred: inputBias === 'none' ? x : take(maxRows * bytesIn),
    target: take(maxRows * bytesOut),
    rowWeights: training(maxRows * 4),
    rowL0Count: training(maxRows * 4),
    rowL0: training(maxRows * 4),
    penaltySums: training(Math.ceil(maxRows / RECONSTRUCT_ROWS) * 16),
    errors: take(maxPrefixes * maxRows * bytesOut),
    prefixes: take(maxPrefixes * 4),
    rowStart: take(maxRows * 4),
    rowCount: take(maxRows * 4),
    cursor: take(64),
    histogram: take(HISTOGRAM_BINS * 4),
    colCount: training((latents + 1) * 4),
    colStart: training((latents + 1) * 4),
    sums: take(Math.ceil(maxRows / RECONSTRUCT_ROWS + latents / 16) * (2 + maxPrefixes) * 8),
    rowShares: training(Math.ceil(maxRows / RECONSTRUCT_ROWS) * bytesOut),
    latentShares: training(Math.ceil(latents / UPDATE_LATENTS) * bytesIn),
  };
  const auxEntries = maxRows * maxAux * 4;
  const explaining = {
    auxLatents: aux(latents * 4),
    auxFloor: aux(latents * 4),
    auxFired: aux(latents * 4),
    auxPrefix: aux(4),
    auxBias: aux(bytesOut),
    left: aux(maxRows * bytesOut),
    auxErrors: aux(maxRows * bytesOut),
    auxRowStart: aux(maxRows * 4),
    auxRowCount: aux(maxRows * 4),
    auxIndex: aux(auxEntries),
    auxPre: aux(auxEntries),
    auxDPre: aux(auxEntries),
    auxColCount: aux((latents + 1) * 4),
    auxColStart: aux((latents + 1) * 4),
    auxColRow: aux(auxEntries),
    auxColPre: aux(auxEntries),
    auxColDPre: aux(auxEntries),
  };
  const gates = gateRegions(take, {
    gated,
    train,
    latents,
    blocks: Math.ceil(maxRows / RECONSTRUCT_ROWS + latents / 16),
    errors: maxRows * bytesOut,
    dense: DENSE_ROWS * latents * 4,
  });
  const skipBytes = skip ? dOut * bytesIn : 0;
  const skipping = {
    wSkip: skip ? take(skipBytes) : 0,
    skipTarget: skip ? take(maxRows * bytesOut) : 0,
    'wSkip.m': training(skipBytes),
    'wSkip.v': training(skipBytes),
    gWSkip: training(skipBytes),
  };
  const encodeRows = Math.min(blockRows, encodeBlock(maxRows, latents, threads));
  const scratch = Array.from({ length: threads }, () => ({
    tile: take(encodeRows * ENCODE_LATENTS * 4),
    listIndex: take(encodeRows * latents * 4),
    listValue: take(encodeRows * latents * 4),
    listCount: take(encodeRows * 4),
    bounds: take(encodeRows * 4),
    values: take(latents * 4),
    listed: aux(encodeRows * latents * 4),
    row: take(Math.max(bytesIn, bytesOut) * DENSE_BLOCK_ROWS),
    gEnc: training(UPDATE_LATENTS * bytesIn),
    gDec: training(UPDATE_LATENTS * bytesOut),
    signs: nDirections > 0 ? take(UPDATE_LATENTS * CONNECTION_ROWS * 4) : 0,
    gathered: screens ? aux(ENCODE_LATENTS * bytesIn) : 0,
    rows: screening((encodeRows * bytesIn) / 4),
    rowScale: screening(encodeRows * 4),
    rowNear: screening(encodeRows * 4),
    rowFar: screening(encodeRows * 4),
    listLower: screening(encodeRows * latents * 4),
    listRead: screening(encodeRows * 4),
    listKept: screening(encodeRows * 4),
    gemm: take(GEMM_SCRATCH * 4),
  }));
  // index, pre and (for training) dPre, colRow, colPre, colDPre, and what gates have: four bytes each.
  const perEntry = train ? 24 + (gated ? 4 * GATE_ENTRIES.length : 0) : 8;
  const room = Math.floor((LIMIT - top - 1024) / perEntry);
  const everything = maxRows * latents;
  const wanted = Math.min(
    everything,
    Math.max(Math.ceil(everything * (DENSE_SHARE + 0.01)), 4_000_000),
  );
  const capacity = Math.min(wanted, room);
  if (room < Math.min(everything, 32 * latents)) {
    // Better without screening than not at all.
    if (screens) return planLayout(options, threads, { blockRows });
    throw new UserError(
      `unsupported size: a coder of ${dIn} × ${dSae} with batches of ${maxRows} rows needs more than 4 GiB (${size(top + perEntry * Math.min(everything, 32 * latents))})`,
      { hint: 'use a smaller batch size or fewer latents' },
    );
  }
  const codes = {
    index: take(capacity * 4),
    pre: take(capacity * 4),
    dPre: training(capacity * 4),
    colRow: training(capacity * 4),
    colPre: training(capacity * 4),
    colDPre: training(capacity * 4),
    code: training(gated ? capacity * 4 : 0),
    dCode: training(gated ? capacity * 4 : 0),
    colCode: training(gated ? capacity * 4 : 0),
    colDCode: training(gated ? capacity * 4 : 0),
  };
  return {
    shape: { dIn, dOut, dSae },
    latents,
    bytesIn,
    bytesOut,
    maxRows,
    maxPrefixes,
    maxAux,
    capacity,
    encodeRows,
    inputBias,
    gated,
    skip,
    screens,
    nDirections,
    at: { ...weights, ...dense, ...batch, ...explaining, ...gates, ...skipping, ...codes },
    scratch,
    bytes: top,
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
