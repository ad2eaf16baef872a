// Contexts to validate on that are trained on, too, told by their tokens: texts have copies, other names, and parts.
import { createHash } from 'node:crypto';
import { startProgress } from '../../base/progress.ts';
import { number } from '../../base/text.ts';
import { bytesOf } from '../../formats/tensor.ts';
import type { TextContexts } from '../types.ts';
import { refuseInBoth } from './in-both.ts';

/** Contexts that are looked at where they come over a network: all of them would be downloaded twice. */
const REMOTE_CONTEXTS = 64;

type Contexts = Pick<TextContexts, 'contextSize' | 'tokens'>;

/** What is validated on, and what is trained on. */
interface BothContexts {
  readonly validation: { readonly contexts: Contexts; readonly examples: Uint32Array };
  /** Contexts of training: the first `nExamples`. */
  readonly training: { readonly contexts: Contexts; readonly nExamples: number };
  readonly signal?: AbortSignal | undefined;
}

/** Contexts to validate on that training has, too; contexts of two sizes are compared as far as both reach. */
export async function contextsInBoth({
  validation,
  training,
  signal,
}: BothContexts): Promise<number> {
  const { examples } = validation;
  const size = Math.min(validation.contexts.contextSize, training.contexts.contextSize);
  const total = examples.length + training.nExamples;
  const progress = startProgress('compare texts', { total, unit: 'contexts' });
  const hashOf = async (contexts: Contexts, example: number): Promise<string> => {
    signal?.throwIfAborted();
    const tokens = (await contexts.tokens(example)).subarray(0, size);
    progress.tick();
    return createHash('sha256').update(bytesOf(tokens)).digest('base64').slice(0, 22);
  };
  try {
    const own = new Map<string, number>();
    for (const example of examples) {
      const hash = await hashOf(validation.contexts, example);
      own.set(hash, (own.get(hash) ?? 0) + 1);
    }
    let inBoth = 0;
    for (let example = 0; example < training.nExamples; example++) {
      const hash = await hashOf(training.contexts, example);
      inBoth += own.get(hash) ?? 0;
      own.delete(hash);
    }
    return inBoth;
  } finally {
    progress.end();
  }
}

/**
 * Refuse contexts to validate on when more than a tenth of them are trained on, and warn of fewer. Of texts that are trained
 * on over a network (`isRemote`) only the first 64 contexts are looked for.
 *
 * @throws {UserError} when they are.
 */
export async function refuseTrainedContexts(
  { validation, training, signal }: BothContexts,
  isRemote: boolean,
): Promise<void> {
  const nExamples = isRemote ? Math.min(REMOTE_CONTEXTS, training.nExamples) : training.nExamples;
  const looked = { ...training, nExamples };
  const inBoth = await contextsInBoth({ validation, training: looked, signal });
  refuseInBoth(inBoth, {
    noun: 'context',
    of: isRemote ? nExamples : validation.examples.length,
    among: isRemote ? `the first ${number(nExamples)} trained on` : 'them',
  });
}
