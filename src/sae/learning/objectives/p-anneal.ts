// The whole code must reconstruct, kept sparse by Σ f^p in place of Σ f: p falls from 1 as training goes on, towards the number
// of latents that fire (Karvonen et al. 2024, arXiv 2408.00113).
import { z } from 'zod';
import { objective } from './objective.ts';

export const pAnneal = objective({
  schema: z
    .strictObject({
      kind: z.literal('p-anneal'),
      pStart: z.number().positive().max(1).default(1).describe('Power p until it begins to fall.'),
      pEnd: z
        .number()
        .positive()
        .max(1)
        .default(0.2)
        .describe('Power p at the end; 0.2 in the paper.'),
      annealStart: z
        .int()
        .min(0)
        .optional()
        .describe('Step at which p begins to fall; unset: after a quarter of the run.'),
      annealEnd: z
        .int()
        .min(1)
        .optional()
        .describe('Step at which p has fallen; unset: the end of the run.'),
      nSparsityUpdates: z
        .int()
        .min(2)
        .default(10)
        .describe(
          'Times that p is set, and the coefficient with it, so that the penalty stays as large.',
        ),
      sparsityQueueLength: z
        .int()
        .min(1)
        .default(10)
        .describe('Steps whose penalties tell by how much the coefficient changes.'),
      sparsityFunction: z
        .enum(['Lp', 'Lp^p'])
        .default('Lp^p')
        .describe('Penalty of a row: the p-th root of Σ f^p (Lp), or the sum itself (Lp^p).'),
    })
    .describe(
      'Reconstruction error of the whole code, which Σ f^p keeps sparse, with p falling (relu).',
    ),
  prefixes: (_, dSae) => [dSae],
  maxPrefixes: () => 1,
  choose: ({ annealStart, annealEnd }, nSteps) => ({
    annealStart: annealStart ?? Math.floor(Math.min(nSteps, annealEnd ?? nSteps) / 4),
    annealEnd: annealEnd ?? nSteps,
  }),
  anneals: (options) => {
    const { annealStart: start = 0, annealEnd: end = start, pStart, pEnd } = options;
    const { nSparsityUpdates: nChanges, sparsityQueueLength: nRecent, sparsityFunction } = options;
    return { start, end, nChanges, pStart, pEnd, nRecent, root: sparsityFunction === 'Lp' };
  },
  ghostGrads: true,
});
