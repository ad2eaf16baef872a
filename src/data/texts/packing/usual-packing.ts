// How texts fill contexts where the setting does not say it.
import type { TextConfig } from '../config.ts';
import { textKindOf } from '../sources/open-texts.ts';
import type { Packing } from './contexts.ts';

/** Tell how texts fill contexts: as the setting says, or as is usual for texts of their kind. */
export function packingOf(
  packing: Packing['kind'] | undefined,
  texts: TextConfig,
): Packing['kind'] {
  return packing ?? textKindOf(texts).usualPacking ?? 'stream';
}
