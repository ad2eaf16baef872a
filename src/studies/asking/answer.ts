// From the codes of one example to an answer: the strongest latents over all tokens, and those of each token. Nothing
// here needs Node, so that the browser computes the same.
import type { SparseRows } from '../../compute/sparse-rows.ts';
import { ASK_LIMITS, type LatentAnswer, type LatentsAnswer } from '../../pages/ask.ts';

/** What of the codes is wanted. */
export interface AnswerOptions {
  /** Strongest latents. @default 20 */
  readonly top?: number | undefined;
  /** Latents wanted besides, whether they fire or not. */
  readonly latents?: readonly number[] | undefined;
  /** Tokens that do not count for what is strongest, marked; their values stand in the maps all the same. */
  readonly signs?: readonly boolean[] | undefined;
}

/** What codes alone say. */
export type CodesAnswer = Pick<
  LatentsAnswer,
  'nTokens' | 'dSae' | 'l0' | 'nFiring' | 'strongest' | 'asked' | 'byToken'
>;

/** Latents of a question where nobody says how many. */
export const USUAL_TOP = 20;

/**
 * Say which latents fire on an example, of its codes `[tokens, dSae]`. A latent fires where its code is above 0, as in
 * visuals. The strongest come by largest value, then by sum, then by number; what fires on signs alone is not among them.
 * @throws {RangeError} for latents that the codes do not have
 */
export function answerOfCodes(
  codes: SparseRows,
  { top = USUAL_TOP, latents = [], signs }: AnswerOptions = {},
): CodesAnswer {
  const { rowStart, columns } = codes;
  const unknown = latents.find((latent) => !(latent >= 0 && latent < columns));
  if (unknown !== undefined) throw new RangeError(`answerOfCodes: no latent ${unknown}`);
  const nTokens = rowStart.length - 1;
  const maps = new Map<number, GrowingMap>();
  const byToken: LatentsAnswer['byToken'][number][] = [];
  let nEntries = 0;
  for (let token = 0; token < nTokens; token++) {
    const entries: Entry[] = [];
    for (let entry = rowStart[token]!; entry < rowStart[token + 1]!; entry++) {
      const [latent, value] = [codes.index[entry]!, codes.value[entry]!];
      if (value <= 0) continue;
      entries.push({ latent, value });
      const map = maps.get(latent) ?? { positions: [], values: [] };
      maps.set(latent, map);
      map.positions.push(token);
      map.values.push(value);
    }
    nEntries += entries.length;
    const strongest = entries.sort(byValue).slice(0, ASK_LIMITS.perToken);
    byToken.push({
      latents: strongest.map(({ latent }) => latent),
      values: strongest.map(({ value }) => value),
    });
  }
  const all = [...maps].map(([latent, map]) => latentAnswer(latent, map, signs));
  return {
    nTokens,
    dSae: columns,
    l0: nTokens === 0 ? 0 : nEntries / nTokens,
    nFiring: maps.size,
    strongest: all
      .filter(({ max }) => max > 0)
      .sort(byStrength)
      .slice(0, top),
    asked: latents.map((latent) =>
      latentAnswer(latent, maps.get(latent) ?? { positions: [], values: [] }, signs),
    ),
    byToken,
  };
}

interface Entry {
  readonly latent: number;
  readonly value: number;
}

interface GrowingMap {
  readonly positions: number[];
  readonly values: number[];
}

const byValue = (a: Entry, b: Entry): number => b.value - a.value || a.latent - b.latent;

const byStrength = (a: LatentAnswer, b: LatentAnswer): number =>
  b.max - a.max || b.sum - a.sum || a.latent - b.latent;

function latentAnswer(
  latent: number,
  { positions, values }: GrowingMap,
  signs: AnswerOptions['signs'],
): LatentAnswer {
  let [max, sum, at] = [0, 0, 0];
  for (const [i, value] of values.entries()) {
    if (signs?.[positions[i]!] === true) continue;
    sum += value;
    if (value > max) [max, at] = [value, positions[i]!];
  }
  return { latent, max, sum, at, positions, values };
}
