// What a kind of text set is: its settings, and how its documents are found.
import type { z } from 'zod';
import type { HubOptions } from '../../../hub/client.ts';
import type { KindSchema } from '../../kinds.ts';
import type { TextFile } from './text-file.ts';

/** A kind of text set, as one object. Its file and a line in `texts/config.ts` are all that it takes. */
export interface TextKind<Schema extends KindSchema = KindSchema> {
  /** Its settings, as config files, flags and docs have them. Names of kinds begin with `text-`. */
  readonly schema: Schema;
  /** What a set is called in messages. */
  name(config: z.output<Schema>): string;
  /** What a set is called in the metadata of a trained coder, `dataset_path`; the same when not given. */
  datasetPath?(config: z.output<Schema>): string;
  /** How its texts fill contexts where nothing is said. @default 'stream', as transcoder-circuits */
  readonly usualPacking?: 'stream' | 'concatenated';
  /** Its documents come over a network as they are needed: they are not read through to count them. */
  readonly isRemote?: boolean;
  /** Find the files of a set, in order. Nothing of them is read yet. */
  files(config: z.output<Schema>, options: HubOptions): Promise<TextFile[]>;
}

/** State a kind: gives its functions the types of its schema. */
export function textKind<Schema extends KindSchema>(kind: TextKind<Schema>): TextKind<Schema> {
  return kind;
}
