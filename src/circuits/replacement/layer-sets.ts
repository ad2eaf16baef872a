// Sets of layers as a person writes them: `0-10 1-9`, or the layers of one set, `1 2 5`.
import { UserError } from '../../base/errors.ts';
import type { TranscoderSet } from '../transcoders.ts';

/**
 * Read sets of layers. A range, `1-9`, is a set; so is a list with commas, `0,3-5`; numbers by themselves are one set
 * together.
 *
 * @throws {UserError} for anything else.
 */
export function parseLayerSets(texts: readonly string[]): number[][] {
  const sets: number[][] = [];
  let single: number[] | undefined;
  for (const text of texts) {
    const layers = text.split(',').flatMap((part) => rangeOf(part.trim(), text));
    if (/^\d+$/.test(text.trim())) {
      if (single === undefined) {
        single = [];
        sets.push(single);
      }
      single.push(...layers);
    } else sets.push(layers);
  }
  return sets.map((layers) => [...new Set(layers)].sort((a, b) => a - b));
}

/**
 * Give the sets that are measured: all layers that have a transcoder, then those asked for.
 *
 * @throws {UserError} for a layer without transcoder.
 */
export function layerSets(
  { layers: all }: Pick<TranscoderSet, 'layers'>,
  asked: readonly string[] = [],
): number[][] {
  const sets = parseLayerSets(asked);
  const unknown = sets.flat().find((layer) => !all.includes(layer));
  if (unknown !== undefined) {
    throw new UserError(`missing transcoder of layer ${unknown}`, {
      hint: `there are transcoders of layers ${all.join(', ') || '(none)'}`,
    });
  }
  return [[...all], ...sets];
}

function rangeOf(part: string, text: string): number[] {
  const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? [];
  const [from, to] = [Number(first), Number(last)];
  if (first === undefined || to < from || to > 9999) {
    throw new UserError(`invalid layers: '${text}'`, {
      hint: 'write a range, 1-9, a list, 0,3-5, or numbers, 1 2 5, which are one set together',
    });
  }
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}
