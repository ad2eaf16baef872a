// saev inspect: say what a path is and holds.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../base/errors.ts';
import { kindOfPath } from '../base/files.ts';
import type { RunCommand } from './command.ts';
import { describeCheckpointAt } from './inspect/checkpoint.ts';
import { type Description, layOut } from './inspect/description.ts';
import { describeRun } from './inspect/run.ts';
import { describeShards } from './inspect/shards.ts';
import { describeVisuals } from './inspect/visuals.ts';
import { commandFlags, readFlags } from './job.ts';

const schema = z
  .strictObject({
    path: z
      .string()
      .min(1)
      .describe(
        'Folder of shards, checkpoint, run or folder of visuals, or a folder that holds some.',
      )
      .meta({ positional: true }),
    ...commandFlags,
  })
  .describe(
    'Say what a folder of shards, a checkpoint, a run or a folder of visuals is and holds.',
  );

export const run: RunCommand = async (args, context) => {
  const flags = await readFlags(args, context, { usage: 'inspect PATH [flags]', schema });
  if (flags === undefined) return;
  const found = await describe(flags.path);
  if (flags.json) {
    const data = found.map(({ kind, path, data }) => ({ kind, path, ...data }));
    context.print(JSON.stringify(data.length === 1 ? data[0] : data, undefined, 2));
  } else if (found.length === 1) {
    context.print(layOut(found[0]!));
  } else {
    for (const { kind, path, summary } of found) context.print(`${kind}  ${path}  ${summary}`);
  }
};

/** Describe what stands at a path, or each thing that a folder holds. Throws a UserError when nothing is known. */
async function describe(path: string): Promise<Description[]> {
  const kind = await kindOfPath(path);
  if (kind === 'nothing') throw new UserError(`missing path: there is nothing at '${path}'`);
  const whole = await describeOne(path);
  if (whole !== undefined) return [whole];
  const names = kind === 'folder' ? await readdir(path, { withFileTypes: true }) : [];
  const parts: Description[] = [];
  for (const entry of names) {
    if (!entry.isDirectory()) continue;
    const part = await describeOne(join(path, entry.name));
    if (part !== undefined) parts.push(part);
  }
  if (parts.length > 0) return parts;
  throw new UserError(`unknown content: '${path}' holds nothing that saev knows`, {
    hint: 'known: folders of shards (metadata.json), checkpoints, runs (run.json), visuals (features.safetensors)',
  });
}

async function describeOne(path: string): Promise<Description | undefined> {
  return (
    (await describeShards(path)) ??
    (await describeRun(path)) ??
    (await describeVisuals(path)) ??
    (await describeCheckpointAt(path))
  );
}
