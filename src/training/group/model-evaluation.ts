// What the coders of a group cost the language model that their rows come from: while they train, and at the end.
import { openCoder } from '../../sae/open-coder.ts';
import type { TrainConfig } from '../config/train-config.ts';
import { evaluateLanguage, type LanguageEvaluation } from '../evaluation/language-evaluation.ts';
import { readTokens } from '../evaluation/texts.ts';
import { coderOf } from './coder-files.ts';
import type { GroupOptions, Member } from './members.ts';

/** Metric lines from one evaluation in the model to the next, as transcoder-circuits has it. */
const LINES_BETWEEN = 10;

/** Steps from one evaluation in the model to the next, while a run trains; 0: none. */
export function evaluationPeriod({
  track,
  logEvery,
  evalEvery,
}: Pick<TrainConfig, 'track' | 'logEvery' | 'evalEvery'>): number {
  return track ? (evalEvery ?? LINES_BETWEEN * logEvery) : 0;
}

/**
 * Evaluate each coder in the model: on contexts that are validated on, or on the first ones of the texts, which are held out
 * from training where there are enough. Empty where the rows are not of texts, their model is not there, or none is asked for.
 */
export async function evaluateInModel(
  members: readonly Member[],
  { text, ...options }: Pick<GroupOptions, 'text' | 'kernels' | 'scaling' | 'version' | 'signal'>,
): Promise<(LanguageEvaluation & { readonly nHeldOutContexts: number })[]> {
  const wanted = members[0]!.config.nEvalContexts;
  if (text === undefined || wanted === 0) return [];
  const { backbone, batchContexts, evaluated, place } = text;
  const { nContexts, nHeldOut } = evaluated;
  const tokens = await readTokens(evaluated, 0, Math.min(wanted, nContexts));
  const evaluations: (LanguageEvaluation & { readonly nHeldOutContexts: number })[] = [];
  for (const member of members) {
    const coder = await openCoder(await coderOf(member, { text, ...options }), options);
    const placed = { ...place, reconstruct: coder.reconstruct };
    const run = evaluateLanguage(placed, backbone, tokens, { ...options, batchContexts });
    const evaluation = await run.finally(() => coder.close());
    evaluations.push({ ...evaluation, nHeldOutContexts: Math.min(nHeldOut, tokens.length) });
  }
  return evaluations;
}
