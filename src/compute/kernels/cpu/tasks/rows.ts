// What is done to a block of rows before anything else.
import type { Engine } from '../engine.ts';
import type { Pass } from './pass.ts';

/** Subtract a block of inputs' bias where the coder does so; returns the address of the first centred row. */
export function centreRows({ wasm, layout }: Engine, first: number, n: number): number {
  const { at, bytesIn } = layout;
  const centred = at.centred + first * bytesIn;
  const bias = layout.inputBias === 'own' ? at.bIn : at.bDec;
  if (layout.inputBias !== 'none') wasm.centre(at.x + first * bytesIn, bias, centred, n, bytesIn);
  return centred;
}

/** Weigh a block of rows by the norms of their targets, where the pass asks for it; returns where all weights lie. */
export function weighRows({ wasm, layout }: Engine, first: number, n: number, pass: Pass): number {
  if (!pass.errorByNorm) return 0;
  const { at, bytesOut } = layout;
  wasm.inverseNorms(
    (pass.normsOf ?? pass.target) + first * bytesOut,
    at.rowWeights + first * 4,
    n,
    bytesOut,
  );
  return at.rowWeights;
}
