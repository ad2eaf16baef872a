// What can be told to a jumprelu: how thresholds are trained, and what keeps codes sparse, as the papers and programs have it
// that train them.
import { z } from 'zod';
import { UserError } from '../../base/errors.ts';
import { number } from '../../base/text.ts';
import type { CoderToFit } from './activation-function.ts';

/** Settings of a jumprelu, but for its `kind`. */
export const jumpreluSettings = {
  bandwidth: z
    .number()
    .positive()
    .optional()
    .describe(
      'Width of the kernel that gives thresholds a gradient; unset: 0.5 on rows that are scaled, else 0.001; with a target, three tenths of the threshold that is chosen.',
    )
    .meta({ alias: 'jumpreluBandwidth' }),
  threshold: z
    .number()
    .positive()
    .optional()
    .describe(
      'Threshold of a new latent; unset: 0.5 on rows that are scaled, else 0.001; with a target, what lets through so many of the first batch.',
    )
    .meta({ alias: 'jumpreluInitThreshold' }),
  thresholdScale: z
    .enum(['logarithm', 'value'])
    .optional()
    .describe(
      'Whether steps move a threshold by a share of itself (the paper), or by an amount, and not below 0 (SAELens, dictionary_learning); unset: logarithm.',
    ),
  thresholdRate: z
    .number()
    .positive()
    .optional()
    .describe(
      'Learning rate of thresholds, as a multiple of lr; unset: 1, or 10 where a target has chosen the first of them.',
    ),
  sparsityLoss: z
    .enum(['step', 'tanh', 'quadratic'])
    .optional()
    .describe(
      'What keeps codes sparse: sparsityCoeff times their number (step), times Σ tanh(tanhScale · f) (tanh, Anthropic), or the distance of their number from targetL0 (quadratic); unset: quadratic with a target, else step.',
    )
    .meta({ alias: 'jumpreluSparsityLossMode' }),
  tanhScale: z
    .number()
    .positive()
    .optional()
    .describe('Scale of codes in the tanh; unset: 4.')
    .meta({ alias: 'jumpreluTanhScale' }),
  targetL0: z
    .number()
    .positive()
    .optional()
    .describe('Latents that shall fire on a row, on average: the loss draws their number there.'),
  targetOf: z
    .enum(['batch', 'row'])
    .optional()
    .describe(
      'Whose number: (L0 / target − 1)² of a batch (the paper, dictionary_learning), or 2 / target · (L0 − target)² of each row (Gemma Scope 2, SAELens); unset: batch.',
    ),
  targetWeight: z
    .number()
    .positive()
    .optional()
    .describe(
      'Weight of that loss, beside an error that is a mean over dimensions; unset: 1, which suits rows that are scaled.',
    ),
  preActCoeff: z
    .number()
    .min(0)
    .optional()
    .describe(
      'Weight of a loss that brings latents which have not fired for deadFeatureWindow steps up to their thresholds, mean over rows of Σ max(0, θ − pre); 3e-6 over the width for Anthropic; unset: none.',
    )
    .meta({ alias: 'preActLossCoefficient' }),
};

/** Settings of a jumprelu as they are told. */
export type JumpreluSettings = z.output<z.ZodObject<typeof jumpreluSettings>>;

/** What keeps the codes of a jumprelu sparse. */
export function lossOf({
  sparsityLoss,
  targetL0,
}: Pick<JumpreluSettings, 'sparsityLoss' | 'targetL0'>): 'step' | 'tanh' | 'quadratic' {
  return sparsityLoss ?? (targetL0 === undefined ? 'step' : 'quadratic');
}

/**
 * Refuse settings that do not fit each other or the coder.
 * @throws {UserError} when they do not.
 */
export function checkJumprelu(
  settings: JumpreluSettings,
  { dSae, normalizeWDec }: CoderToFit,
): void {
  const { targetL0, preActCoeff = 0 } = settings;
  const loss = lossOf(settings);
  if (loss === 'quadratic' && targetL0 === undefined) {
    throw new UserError('invalid sae.sparsityLoss: quadratic, but there is no sae.targetL0', {
      hint: 'say how many latents shall fire on a row: --sae.target-l0',
    });
  }
  if (loss !== 'quadratic' && targetL0 !== undefined) {
    throw new UserError(`invalid choice: both sae.targetL0 (${targetL0}) and a ${loss} loss`, {
      hint: 'a target needs sae.sparsityLoss quadratic: leave one of them out',
    });
  }
  if (targetL0 !== undefined && targetL0 > dSae) {
    throw new UserError(
      `invalid sae.targetL0: ${targetL0}, but there are ${number(dSae)} latents`,
      { hint: 'it is how many of them fire on a row: lower it, or take more latents' },
    );
  }
  const byNorm = loss === 'tanh' ? 'sae.sparsityLoss tanh' : preActCoeff > 0 && 'sae.preActCoeff';
  if (byNorm === false || normalizeWDec) return;
  throw new UserError(`unsupported ${byNorm}: with sae.normalizeWDec false`, {
    hint: 'it takes decoder rows of length 1; leave sae.normalizeWDec out',
  });
}
