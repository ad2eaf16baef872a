// The evaluation of a run on disk: its numbers in eval.json, and what it says of every latent beside them.
import { join } from 'node:path';
import { readJson, writeJsonAtomic } from '../../base/files.ts';
import { openSafetensors, writeSafetensors } from '../../formats/safetensors.ts';
import type { Evaluation } from '../evaluation/evaluate.ts';
import type { LanguageEvaluation } from '../evaluation/language-evaluation.ts';
import type { Validation } from '../evaluation/validation.ts';

const NUMBERS = 'eval.json';
const LATENTS = 'eval.safetensors';

/** How good a coder is, on rows and, for texts, in its model. */
export type RunEvaluation = Evaluation &
  Partial<LanguageEvaluation> & {
    /** Contexts of the evaluation in the model that were not trained on. */
    readonly nHeldOutContexts?: number;
    /** On rows that were not trained on, where there are some. */
    readonly validation?: Validation;
  };

/** Write an evaluation into the run directory `path`. */
export async function writeEvaluation(path: string, evaluation: RunEvaluation): Promise<void> {
  const { freqs, meanValues, ...numbers } = evaluation;
  await writeSafetensors(
    join(path, LATENTS),
    [
      ['freqs', { dtype: 'F32', shape: [freqs.length], data: freqs }],
      ['mean_values', { dtype: 'F32', shape: [meanValues.length], data: meanValues }],
    ],
    { metadata: {} },
  );
  await writeJsonAtomic(join(path, NUMBERS), numbers);
}

/**
 * Read what `writeEvaluation` wrote.
 * @throws {UserError} when it is not there or damaged.
 */
export async function readEvaluation(path: string): Promise<RunEvaluation> {
  const numbers = (await readJson(join(path, NUMBERS), 'evaluation')) as RunEvaluation;
  const file = await openSafetensors(join(path, LATENTS));
  try {
    const freqs = await file.readFloat32('freqs');
    return { ...numbers, freqs, meanValues: await file.readFloat32('mean_values') };
  } finally {
    await file.close();
  }
}
