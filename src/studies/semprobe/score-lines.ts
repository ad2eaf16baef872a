// What a semantic probe says to a person.
import { join } from 'node:path';
import { counted } from '../../base/text.ts';
import type { SemprobeScores } from './score.ts';
import type { TaskScore } from './task-scores.ts';
import { visualsCommand } from './visuals-command.ts';

/** Write the scores as lines: the best latents of each task, then how to look at them. */
export function scoreLines(
  scores: SemprobeScores,
  { dumpTo, page }: { readonly dumpTo: string; readonly page?: string | undefined },
): string[] {
  const lines = scores.tasks.flatMap(({ task, positives, negatives, best, included }) => [
    `${task} (${positives} positive, ${counted(negatives, 'negative image')}): best latents`,
    ...best.map(scoreLine),
    ...(included.length > 0 ? ['  included:', ...included.map(scoreLine)] : []),
  ]);
  const look =
    page === undefined
      ? `To see them: ${visualsCommand(scores, join(dumpTo, 'visuals'))}`
      : `${page}: open it in a browser to see them`;
  return [...lines, `All scores: ${scores.csv}`, look];
}

const scoreLine = ({ latent, threshold, f1, precision, recall }: TaskScore): string =>
  `  ${String(latent).padStart(6)} > ${threshold}: F1 ${f1.toFixed(3)}, precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)}`;
