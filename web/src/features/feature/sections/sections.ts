// The sections beside the examples of a feature of texts, from above. One more is a file beside this one that exports
// its component, and a line in the list.
import type { ComponentType } from 'react';
import { EarlierFeatures } from './earlier-features.tsx';
import { Embeddings } from './embeddings.tsx';
import { Heads } from './heads.tsx';
import { Logits } from './logits.tsx';
import { Nearest } from './nearest.tsx';
import type { SectionProps } from './section.tsx';

export const SECTIONS: readonly ComponentType<SectionProps>[] = [
  Logits,
  Embeddings,
  Heads,
  EarlierFeatures,
  Nearest,
];
