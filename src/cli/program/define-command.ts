// A command that is no job: it takes flags alone.
import { z } from 'zod';
import { parseFlags } from '../../base/config/flags.ts';
import { nothingSet, overlay } from '../../base/config/layers.ts';
import { resolveConfig } from '../../base/config/load.ts';
import { shapeOf } from '../../base/config/shape.ts';
import type { Command } from './command.ts';
import {
  type CommandFlags,
  type CommandText,
  commandFlags,
  printHelp,
  setLoudness,
} from './flags.ts';
import { doWork, type Work } from './work.ts';

/** Values of a command's flags. */
type FlagValues<Flags extends z.ZodRawShape> = z.output<z.ZodObject<Flags>> & CommandFlags;

interface CommandDefinition<Flags extends z.ZodRawShape, Result>
  extends CommandText,
    Work<FlagValues<Flags>, Result> {
  /** What it does, in a sentence, for its own help. */
  readonly about?: string;
  /** Its flags, and the words it takes (`.meta({ positional: true })`). */
  readonly flags: Flags;
}

/** Define a command that takes flags alone: `inspect`, `convert`. */
export function defineCommand<Flags extends z.ZodRawShape, Result>(
  definition: CommandDefinition<Flags, Result>,
): Command {
  const { about = '', flags: own } = definition;
  const schema = z.strictObject({ ...own, ...commandFlags }).describe(about);
  return {
    schema,
    async run(args, context) {
      if (printHelp(args, schema, context, definition)) return;
      const table = shapeOf(schema);
      const layered = overlay(nothingSet, parseFlags(args, table), table);
      const flags = resolveConfig(schema, layered, table) as FlagValues<Flags>;
      await setLoudness(flags);
      await doWork(definition, flags, flags.json, context);
    },
  };
}
