// How well coders agree with each other: every two of them matched by the directions of their decoders.
import { UserError } from '../../base/errors.ts';
import type { SparseCoder } from '../../sae/coder.ts';
import { type Matching, matchFeatures } from './match.ts';

/** A coder by name. */
export interface NamedCoder extends Pick<SparseCoder, 'weights'> {
  readonly name: string;
  readonly config: Pick<SparseCoder['config'], 'dOut'>;
}

/** How well two coders agree. */
export interface Agreement extends Pick<Matching, 'method' | 'mcc'> {
  readonly a: string;
  readonly b: string;
  /** Features of the narrower one: as many pairs there may be. */
  readonly nPairs: number;
  /** Share of those pairs whose cosine is above 0.7, and above 0.9. */
  readonly above7: number;
  readonly above9: number;
}

/**
 * Match the decoder rows of every two coders.
 * @throws {UserError} for fewer than two coders, and for rows of different widths.
 */
export async function agreementOf(coders: readonly NamedCoder[]): Promise<Agreement[]> {
  if (coders.length < 2) {
    throw new UserError(`missing coders: agreement is between two, and there is ${coders.length}`, {
      hint: 'name another run, or train one with another --seed',
    });
  }
  const { name: first, config } = coders[0]!;
  const other = coders.find((coder) => coder.config.dOut !== config.dOut);
  if (other !== undefined) {
    throw new UserError(
      `invalid coders: '${first}' writes rows of ${config.dOut} numbers, and '${other.name}' of ${other.config.dOut}`,
      { hint: 'compare coders of one place in a model' },
    );
  }
  const found: Agreement[] = [];
  for (const [i, a] of coders.entries()) {
    for (const b of coders.slice(i + 1)) found.push(await agree(a, b));
  }
  return found;
}

async function agree(a: NamedCoder, b: NamedCoder): Promise<Agreement> {
  const width = a.config.dOut;
  const [left, right] = [a, b].map(({ weights }) => ({ data: weights.wDec, width }));
  const { method, mcc, cosine } = await matchFeatures(left!, right!);
  const nPairs = Math.min(left!.data.length, right!.data.length) / width;
  const above = (limit: number): number => cosine.filter((x) => x > limit).length / nPairs;
  return { a: a.name, b: b.name, method, mcc, nPairs, above7: above(0.7), above9: above(0.9) };
}
