// The k · rows largest positive pre-activations of a batch in training, so that rows share them as they need; alone, those
// above one threshold for all latents, `weights.threshold [1]`, which training learns on the way (Bussmann et al. 2024,
// arXiv 2412.06410).
import { z } from 'zod';
import { sameThreshold, trainableActivation } from './activation-function.ts';

/** How a running mean of the smallest codes of batches is kept. */
interface MeanRule {
  /** Share of a new value in the mean. */
  readonly share: number;
  /** Updates before the first one whose value counts. */
  readonly skipped: number;
  /** Whether the mean starts at 0, or at the first value. */
  readonly start: 'zero' | 'first';
  /** Whether a batch without codes counts as 0, or not at all. */
  readonly countsEmpty: boolean;
}

/** The rules of the programs that train these coders; dictionary_learning waits until its step 1,000 is over. */
const RULES = {
  saev: { share: 0.1, skipped: 0, start: 'zero', countsEmpty: false },
  saelens: { share: 0.01, skipped: 0, start: 'zero', countsEmpty: false },
  dictionaryLearning: { share: 0.001, skipped: 1001, start: 'first', countsEmpty: true },
} as const satisfies Readonly<Record<string, MeanRule>>;

export const batchtopk = trainableActivation({
  saved: z.strictObject({ kind: z.literal('batchtopk'), k: z.int().min(1) }),
  inference: (_, weights) => ({
    selection: { kind: 'threshold', width: 0 },
    threshold: sameThreshold(weights, Math.max(0, weights.threshold?.[0] ?? 0)),
    bEnc: weights.bEnc,
  }),
  schema: z
    .strictObject({
      kind: z.literal('batchtopk'),
      k: z.int().min(1).default(32).describe('Latents kept for each row, on average over a batch.'),
      thresholdRule: z
        .enum(['saev', 'saelens', 'dictionaryLearning'])
        .default('saev')
        .describe(
          'Whose running mean of the smallest code of a batch becomes the threshold of the finished coder: a tenth of it is new in each step (saev), a hundredth (saelens), or a thousandth from step 1,001 on, where it starts at what it finds (dictionaryLearning).',
        ),
      thresholdShare: z
        .number()
        .positive()
        .max(1)
        .optional()
        .describe('Share of a step in that mean; unset: that of the rule.')
        .meta({ alias: ['momentum', 'topkThresholdLr'] }),
      thresholdAfter: z
        .int()
        .min(0)
        .optional()
        .describe('Steps before that mean begins; unset: those of the rule.'),
    })
    .describe('The k · rows largest latents of a batch; one threshold afterwards.'),
  selection: ({ k }) => ({ kind: 'batchtopk', k }),
  initialThreshold: () => 0,
  trainsThreshold: false,
  learnThreshold({ thresholdRule, thresholdShare, thresholdAfter }, { now, smallest, step }) {
    const rule = RULES[thresholdRule];
    const { share = rule.share, skipped = rule.skipped } = {
      ...(thresholdShare === undefined ? {} : { share: thresholdShare }),
      ...(thresholdAfter === undefined ? {} : { skipped: thresholdAfter }),
    };
    const isEmpty = !Number.isFinite(smallest);
    if (step <= skipped || (isEmpty && !rule.countsEmpty)) return now;
    const value = isEmpty ? 0 : smallest;
    const before = now ?? (rule.start === 'first' ? value : 0);
    return (1 - share) * before + share * value;
  },
  penalty: 'none',
  ghostGrads: false,
  save: ({ k }) => ({ k }),
});
