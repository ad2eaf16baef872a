// What --set says: 17=0, 17=-2.5, or 17=x2 for times the largest value seen.
import { UserError } from '../../base/errors.ts';
import type { EditChange } from '../../pages/edit.ts';

const CHANGE = /^(\d+)=(x?)(.+)$/i;

/** Tell a change from a word that stands behind the flag and belongs to the examples. */
export function isChange(word: string): boolean {
  return /^\d+=/.test(word);
}

/**
 * Read changes; `largest` gives the largest value seen of each latent, which only `x` needs.
 * @throws {UserError} for what is no change, and for `x` where no values were seen
 */
export async function readChanges(
  words: readonly string[],
  largest: () => Promise<Float32Array | undefined>,
): Promise<EditChange[]> {
  const changes: EditChange[] = [];
  for (const word of words) {
    const [, latent = '', times = '', text = ''] = CHANGE.exec(word) ?? [];
    const value = Number(text);
    if (latent === '' || text.trim() === '' || !Number.isFinite(value)) {
      throw new UserError(`invalid change: '${word}'`, {
        hint: 'write LATENT=VALUE, as 17=0, 17=2.5 or 17=x2 (twice the largest value seen)',
      });
    }
    const number = Number(latent);
    changes.push({
      latent: number,
      value: times === '' ? value : value * (await largestOf(number, word, largest)),
    });
  }
  return changes;
}

async function largestOf(
  latent: number,
  word: string,
  largest: () => Promise<Float32Array | undefined>,
): Promise<number> {
  const seen = await largest();
  if (seen === undefined) {
    throw new UserError(
      `unknown size of '${word}': no visuals say the largest value of latent ${latent}`,
      {
        hint: "make them with 'saev visuals', name their folder with --visuals, or give the value itself",
      },
    );
  }
  const value = seen[latent];
  if (value === undefined) {
    throw new UserError(`unknown latent ${latent}: the coder has 0 to ${seen.length - 1}`);
  }
  if (value > 0) return value;
  throw new UserError(`latent ${latent} never fired in the visuals: it has no largest value`, {
    hint: 'give the value itself',
  });
}
