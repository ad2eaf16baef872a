// Every objective, one line each.
import type { z } from 'zod';
import { matryoshka } from './matryoshka.ts';
import { matryoshkaFixed } from './matryoshka-fixed.ts';
import { pAnneal } from './p-anneal.ts';
import { vanilla } from './vanilla.ts';

/** Objectives that coders can be trained with, in this order of choice. */
export const OBJECTIVES = [vanilla, matryoshka, matryoshkaFixed, pAnneal] as const;

/** An objective to train with: its `kind` and its settings. */
export type ObjectiveChoice = Readonly<z.output<(typeof OBJECTIVES)[number]['schema']>>;
