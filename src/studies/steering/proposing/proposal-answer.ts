// What is answered to a wish for latents: those of the classes, and random ones beside them. Nothing here needs Node, so
// that a published page answers the same.
import { UserError } from '../../../base/errors.ts';
import { Random } from '../../../base/random.ts';
import type {
  ProposalAnswer,
  ProposalRequest,
  ProposedClass,
  ProposedLatent,
} from '../../../pages/edit.ts';

/** Latents for each class, and random ones, where nobody says how many. */
const USUAL = 3;

/** Most latents that are proposed for a class. */
export const MOST_PROPOSED = 20;

/** A class as it was looked at. */
export interface FoundClass extends ProposedClass {
  /** Latents that fire on its images, drawn by lot: random ones come from these where there are no visuals. */
  readonly others: readonly ProposedLatent[];
}

/** What is known to answer from. */
export interface KnownForProposals {
  /** The classes that were wished for, each with its latents, best first. */
  readonly classes: readonly FoundClass[];
  /** The largest code that visuals saw of each latent, `[dSae]`; undefined where none did. */
  readonly largest: readonly number[] | undefined;
}

/**
 * Answer a wish; random latents are drawn, by the seed, from those that fire and are not proposed.
 * @throws {UserError} where nothing says which latents fire
 */
export function proposalAnswer(
  { k = USUAL, random = USUAL, seed = 0 }: Pick<ProposalRequest, 'k' | 'random' | 'seed'>,
  { classes, largest }: KnownForProposals,
): ProposalAnswer {
  if (classes.length === 0 && largest === undefined) {
    throw new UserError('no visuals say which latents fire: none can be drawn', {
      hint: "make them with 'saev visuals'",
    });
  }
  const found = classes.map(({ others: _, latents, ...about }) => ({
    ...about,
    latents: latents.slice(0, k),
  }));
  const proposed = new Set(found.flatMap(({ latents }) => latents.map(({ latent }) => latent)));
  const living = livingOf({ classes, largest }).filter(({ latent }) => !proposed.has(latent));
  new Random(seed, 'proposals').shuffle(living);
  const without = found.filter(({ latents }) => latents.length === 0);
  return {
    classes: found,
    random: living.slice(0, random),
    reasons: without.map(
      ({ name }) => `No clear patch of '${name}' was found: nothing is proposed for it.`,
    ),
  };
}

/** Latents that fire, as visuals saw it, or else the classes' images; ascending. */
function livingOf({ classes, largest }: KnownForProposals): ProposedLatent[] {
  if (largest !== undefined)
    return largest.flatMap((value, latent) => (value > 0 ? [{ latent, largest: value }] : []));
  const byLatent = new Map<number, number>();
  for (const { latent, largest: value } of classes.flatMap(({ others }) => others))
    byLatent.set(latent, Math.max(value, byLatent.get(latent) ?? 0));
  return [...byLatent]
    .sort(([a], [b]) => a - b)
    .map(([latent, value]) => ({ latent, largest: value }));
}
