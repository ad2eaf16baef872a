// Hands out a memory from its start on.
import { FIRST_FREE } from '../../../wasm/module.ts';
import type { CoderShape, InputBias } from '../../types.ts';

/** The sizes that all arrays of a coder follow from. */
export interface LayoutSizes {
  readonly shape: CoderShape;
  /** dSae rounded up to 16: the latents beyond have an infinite threshold. */
  readonly latents: number;
  /** Bytes of a row of dIn and of dOut floats, rounded up to 64. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly maxRows: number;
  readonly maxPrefixes: number;
  /** Latents of a row that can explain what is left; 0: none. */
  readonly maxAux: number;
  /** Number of directions for sparse connections. */
  readonly nDirections: number;
  readonly inputBias: InputBias;
  /** Whether there are an optimiser, gates, a skip connection, and room to screen entries by an 8-bit product. */
  readonly train: boolean;
  readonly gated: boolean;
  readonly skip: boolean;
  readonly screens: boolean;
}

/** Gives addresses that are multiples of 64. */
export interface Room {
  take(bytes: number): number;
  /** The same for some coders only: that are trained, explain what is left, screen, have gates, have gates and are trained; 0 for others. */
  training(bytes: number): number;
  aux(bytes: number): number;
  screening(bytes: number): number;
  gates(bytes: number): number;
  trainingGates(bytes: number): number;
  /** Where the next array would lie. */
  top(): number;
}

/** Begin with an empty memory. */
export function emptyRoom({ train, maxAux, screens, gated }: LayoutSizes): Room {
  let top = FIRST_FREE;
  const take = (bytes: number): number => {
    const start = top;
    top = Math.ceil((top + bytes) / 64) * 64;
    return start;
  };
  const takeFor =
    (isNeeded: boolean) =>
    (bytes: number): number =>
      isNeeded ? take(bytes) : 0;
  return {
    take,
    training: takeFor(train),
    aux: takeFor(maxAux > 0),
    screening: takeFor(screens),
    gates: takeFor(gated),
    trainingGates: takeFor(gated && train),
    top: () => top,
  };
}
