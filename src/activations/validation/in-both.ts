// What is to be said of examples that are validated on and trained on.
import { UserError } from '../../base/errors.ts';
import { logger } from '../../base/log.ts';
import { counted, percent } from '../../base/text.ts';

const log = logger('activations');

/** Share of the examples that may be trained on, too: texts repeat themselves. */
const MOST_IN_BOTH = 0.1;

/** Examples to validate on, and among how many of which they were looked for. */
interface Looked {
  readonly noun: 'context' | 'image';
  readonly of: number;
  readonly among: string;
}

/**
 * Refuse examples to validate on when more than a tenth of them are trained on, and warn of fewer.
 * @throws {UserError} when they are.
 */
export function refuseInBoth(inBoth: number, { noun, of, among }: Looked): void {
  if (inBoth === 0) return;
  const what = `training reads ${counted(inBoth, noun)} to validate on, ${percent(inBoth / of)} of ${among}`;
  if (inBoth / of > MOST_IN_BOTH) {
    throw new UserError(`invalid validation data: ${what}`, {
      hint: 'keep a share of what is trained on apart with --val-share, or name other data',
    });
  }
  log.warn(what);
}
