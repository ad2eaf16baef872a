// Where a coder with gates keeps what others have not: the parameters of its codes, and codes beside gates.

/** Arrays of a coder with gates, but for those of its entries. */
export type GateRegion =
  | 'rMag'
  | 'rMag.m'
  | 'rMag.v'
  | 'bMag'
  | 'bMag.m'
  | 'bMag.v'
  | 'gRMag'
  | 'gBMag'
  | 'gain'
  | 'norms'
  | 'gateErrors'
  | 'gateSums'
  | 'denseCode'
  | 'denseDCode';

/** Arrays of four bytes an entry, for gates that lie where other coders have their codes. */
export const GATE_ENTRIES = ['code', 'dCode', 'colCode', 'colDCode'] as const;

/** Float64 sums of a block: open gates, what of them is penalised, and their squared error; one more to be aligned. */
export const GATE_SUMS = 4;

/** Take room for them; 0 for what is not needed. */
export function gateRegions(
  take: (bytes: number) => number,
  size: {
    readonly gated: boolean;
    readonly train: boolean;
    readonly latents: number;
    /** Blocks of rows and latents that keep sums. */
    readonly blocks: number;
    /** Bytes of the errors of all rows, and of a chunk of dense codes. */
    readonly errors: number;
    readonly dense: number;
  },
): Record<GateRegion, number> {
  const { gated, train, latents } = size;
  const always = (bytes: number): number => (gated ? take(bytes) : 0);
  const training = (bytes: number): number => (gated && train ? take(bytes) : 0);
  const each = latents * 4;
  return {
    rMag: always(each),
    bMag: always(each),
    gain: always(each),
    'rMag.m': training(each),
    'rMag.v': training(each),
    'bMag.m': training(each),
    'bMag.v': training(each),
    gRMag: training(each),
    gBMag: training(each),
    norms: training(each),
    gateErrors: training(size.errors),
    gateSums: training(size.blocks * GATE_SUMS * 8),
    denseCode: training(size.dense),
    denseDCode: training(size.dense),
  };
}
