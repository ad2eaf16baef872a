// Matryoshka SAEs with prefixes that stay (Bussmann et al. 2025, arXiv 2503.17547): what SAELens calls widths, and
// dictionary_learning states as shares of the latents. With batchtopk it is their Matryoshka BatchTopK.
import { z } from 'zod';
import { UserError } from '../../../base/errors.ts';
import { objective } from './objective.ts';

/** Shares of the latents in groups that dictionary_learning's own experiments have. */
const SHARES = [1 / 32, 1 / 16, 1 / 8, 1 / 4, 17 / 32];

interface Options {
  readonly widths?: readonly number[] | undefined;
  readonly fractions?: readonly number[] | undefined;
}

export const matryoshkaFixed = objective({
  schema: z
    .strictObject({
      kind: z.literal('matryoshka-fixed'),
      widths: z
        .array(z.int().min(1))
        .min(1)
        .optional()
        .describe(
          'Lengths of the prefixes that must reconstruct by themselves, ascending; all latents are one more.',
        )
        .meta({ alias: 'matryoshkaWidths' }),
      fractions: z
        .array(z.number().positive())
        .min(1)
        .optional()
        .describe(
          'In place of widths: shares of the latents between one prefix and the next, 1 together; unset: 1/32, 1/16, 1/8, 1/4 and the rest.',
        )
        .meta({ alias: 'groupFractions' }),
      prefixWeight: z
        .number()
        .positive()
        .optional()
        .describe(
          "Weight of each prefix's error in the loss; unset: one over their number, so that it is their mean; SAELens has 1.",
        ),
    })
    .describe('Mean reconstruction error over prefixes of the code that stay the same.'),
  prefixes: (options, dSae) => fixedPrefixes(options, dSae),
  maxPrefixes: (options, dSae) => fixedPrefixes(options, dSae).length,
  prefixWeight: ({ prefixWeight }) => prefixWeight,
  ghostGrads: false,
});

/**
 * Ends of the prefixes for a coder of `dSae` latents.
 * @throws {UserError} when widths do not ascend or go beyond it, or when shares leave a group empty or are not all.
 */
export function fixedPrefixes({ widths, fractions }: Options, dSae: number): number[] {
  if (widths !== undefined && fractions !== undefined) {
    throw new UserError('invalid objective: both widths and fractions say where prefixes end', {
      hint: 'leave one of them out',
    });
  }
  const said = widths ?? endsOf(fractions ?? SHARES, dSae);
  const name = widths === undefined ? 'fractions' : 'widths';
  const given = (widths ?? fractions ?? SHARES).join(', ');
  const wrong = said.find((end, k) => end <= (said[k - 1] ?? 0) || end > dSae);
  if (wrong !== undefined) {
    const what = wrong > dSae ? `${wrong} is beyond the ${dSae} latents` : 'they do not ascend';
    throw new UserError(
      `invalid objective.${name}: ${given}: ${widths === undefined && wrong <= dSae ? `a group of the ${dSae} latents is empty` : what}`,
      { hint: 'prefixes end at latents of the coder, each later than the one before' },
    );
  }
  return said.at(-1) === dSae ? [...said] : [...said, dSae];
}

/** Ends of groups that hold shares of the latents; what rounding leaves over is in the last. */
function endsOf(fractions: readonly number[], dSae: number): number[] {
  const total = fractions.reduce((sum, share) => sum + share, 0);
  if (Math.abs(total - 1) > 1e-9) {
    throw new UserError(
      `invalid objective.fractions: ${fractions.join(', ')} are ${total} together, not 1`,
    );
  }
  let end = 0;
  return fractions.map((share, k) => {
    end = k === fractions.length - 1 ? dSae : end + Math.floor(share * dSae);
    return end;
  });
}
