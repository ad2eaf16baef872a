// How much of what was found is kept: what the page and its pictures need, or all that the original program's files hold.
import type { VisualsConfig } from './config.ts';

/** Values of the figure of distributions: enough to draw it, and as many as the original's tensor is given. */
const FIGURE_VALUES = 2 ** 20;
const TENSOR_VALUES = 2 ** 24;

type Kept = Pick<
  VisualsConfig,
  'formats' | 'topK' | 'keptMaps' | 'pageExamples' | 'nPictures' | 'includeLatents'
>;

/** Of how many top examples of a latent the values on their tokens are kept. */
export function keptMaps(config: Kept): number {
  const { topK, pageExamples, includeLatents, nPictures } = config;
  if (exportsTensors(config)) return topK;
  const pictures = nPictures ?? (includeLatents.length > 0 ? topK : 0);
  return Math.min(topK, Math.max(config.keptMaps ?? 0, pageExamples, pictures));
}

/** How many values the figure of distributions is drawn from, at most. */
export function keptValues(config: Kept): number {
  return exportsTensors(config) ? TENSOR_VALUES : FIGURE_VALUES;
}

function exportsTensors({ formats }: Kept): boolean {
  return formats.some((format) => format !== 'safetensors');
}
