// What ranks the examples of a latent, and which rows that needs.
import { UserError } from '../base/errors.ts';
import type { VisualsConfig } from './config.ts';

/** How the rows of an example count together: their sum, or the largest of them, where there is but one. */
export function rankBy({ sortBy }: Pick<VisualsConfig, 'sortBy'>): 'max' | 'sum' {
  return sortBy === 'img' ? 'sum' : 'max';
}

/** Check that the rows asked for are those that `sortBy` ranks images by. */
export function checkRows({ sortBy, data }: Pick<VisualsConfig, 'sortBy' | 'data'>): void {
  const fits =
    sortBy === 'cls'
      ? data.patches === 'cls' || data.patches === 'meanpool'
      : data.patches === 'patches';
  if (!fits) {
    throw new UserError(`invalid data.patches '${data.patches}' with sortBy '${sortBy}'`, {
      hint:
        sortBy === 'cls'
          ? "'cls' ranks images by one row each: data.patches must be 'cls' or 'meanpool'"
          : `'${sortBy}' ranks images by their patches: data.patches must be 'patches'`,
    });
  }
  if (data.layer === 'all') {
    throw new UserError("unsupported data.layer 'all' for visuals", {
      hint: "name one recorded layer, or 'meanpool'",
    });
  }
}
