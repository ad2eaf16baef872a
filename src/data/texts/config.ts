// The kinds of text sets, and the settings of a job that reads one of them.
import type { z } from 'zod';
import { schemaOf } from '../kinds.ts';
import { hubTexts } from './sources/hub-texts.ts';
import { worldTexts } from './sources/language-world.ts';
import { localTexts } from './sources/local-texts.ts';

/** Every kind of text set; the first is meant where a config names none. */
export const TEXT_KINDS = [hubTexts, localTexts, worldTexts] as const;

/** Choice of a set of texts; `type` tells the kind and may be left out for the hub. */
export const TextConfig = schemaOf(TEXT_KINDS);
/** A resolved choice of a set of texts. */
export type TextConfig = z.output<typeof TextConfig>;
/** The same choice as a person writes it, defaults left out. */
export type TextConfigInput = z.input<typeof TextConfig>;
