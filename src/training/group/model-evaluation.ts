// What the coders of a group cost the language model that their rows come from: while they train, and at the end.
import { openCoder } from '../../sae/open-coder.ts';
import type { TrainConfig } from '../config/train-config.ts';
import { evaluateLanguage, type LanguageEvaluation } from '../evaluation/language-evaluation.ts';
import { readTokens, type TextModelOfRows } from '../evaluation/texts.ts';
import { coderOf } from './coder-files.ts';
import type { Member, SharedOptions } from './members.ts';
import type { TrainingRows } from './rows.ts';

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

/** What was found of a coder in its model, and on how many contexts that it was not trained on. */
type EvaluationInModel = LanguageEvaluation & { readonly nHeldOutContexts: number };

/**
 * Evaluate each coder in the model: on contexts that are validated on, or on the first ones of the texts, which are held out
 * from training where there are enough. Undefined where the rows are not of texts, their model is not there, or none is asked for.
 */
export async function evaluateInModel(
  members: readonly Member[],
  options: SharedOptions,
): Promise<(EvaluationInModel | undefined)[]> {
  const evaluations: (EvaluationInModel | undefined)[] = [];
  const tokens = new Map<TrainingRows, Int32Array[]>();
  for (const member of members) {
    const { config, rows } = member;
    const { text } = rows;
    if (text === undefined || config.nEvalContexts === 0) {
      evaluations.push(undefined);
      continue;
    }
    const { nContexts, nHeldOut } = text.evaluated;
    const wanted = Math.min(config.nEvalContexts, nContexts);
    const read = tokens.get(rows) ?? (await readTokens(text.evaluated, 0, wanted));
    tokens.set(rows, read);
    const evaluation = await evaluateMember(member, text, read, options);
    evaluations.push({ ...evaluation, nHeldOutContexts: Math.min(nHeldOut, read.length) });
  }
  return evaluations;
}

async function evaluateMember(
  member: Member,
  { backbone, batchContexts, place }: TextModelOfRows,
  tokens: readonly Int32Array[],
  options: SharedOptions,
): Promise<LanguageEvaluation> {
  const coder = await openCoder(await coderOf(member, options), options);
  const placed = { ...place, reconstruct: coder.reconstruct };
  const run = evaluateLanguage(placed, backbone, tokens, { ...options, batchContexts });
  return run.finally(() => coder.close());
}
