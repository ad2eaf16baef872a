// What a visitor is told of an error: a mistake in words, a bug without its insides.
import { UserError } from '../../base/errors.ts';
import { logger } from '../../base/log.ts';
import { refusalOfSystem } from '../../base/system/refusals.ts';
import { Refusal, type RefusalStatus } from '../safety/refusal.ts';
import type { Workbench } from '../workbench.ts';
import { withoutRoots } from './without-roots.ts';

const log = logger('serve');

/** A status, and the sentence with it. */
export interface ErrorAnswer {
  readonly status: RefusalStatus | 400 | 500;
  readonly sentence: string;
}

/** Put an error into words for a visitor, who need not know where the opened folders lie; a bug is logged whole. */
export function answerTo(error: unknown, { roots }: Pick<Workbench, 'roots'>): ErrorAnswer {
  const { status, sentence } = inWords(error);
  return { status, sentence: withoutRoots(sentence, { roots }) };
}

function inWords(error: unknown): ErrorAnswer {
  if (error instanceof Refusal) return { status: error.status, sentence: sentenceOf(error) };
  if (error instanceof UserError) return { status: 400, sentence: sentenceOf(error) };
  if (error instanceof Error && error.name === 'AbortError')
    return { status: 503, sentence: 'it was stopped' };
  const refusal = refusalOfSystem(error);
  if (refusal !== undefined) return { status: 503, sentence: sentenceOf(refusal) };
  log.error(`a request failed: ${error instanceof Error ? (error.stack ?? error.message) : error}`);
  return { status: 500, sentence: 'this is a bug in saev: its log says more' };
}

/** A mistake with its hint, as one sentence. */
export function sentenceOf({ message, hint }: UserError): string {
  return hint === undefined ? message : `${message}; ${hint}`;
}
