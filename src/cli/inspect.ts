// saev inspect: say what a path is and holds.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../base/errors.ts';
import { kindOfPath } from '../base/files.ts';
import { isHubName } from '../hub/names.ts';
import { resolveSae } from '../sae/checkpoints/read-coder.ts';
import { describeCheckpointAt } from './inspect/checkpoint.ts';
import { type Description, layOut } from './inspect/description.ts';
import { describeRun } from './inspect/run.ts';
import { describeShards } from './inspect/shards.ts';
import { describeVisuals } from './inspect/visuals.ts';
import type { Command } from './program/command.ts';
import { defineCommand } from './program/define-command.ts';

export const command: Command = defineCommand({
  name: 'inspect',
  usage: 'PATH … [flags]',
  about: 'Say what a folder of shards, a checkpoint, a run or a folder of visuals is and holds.',
  flags: {
    path: z
      .array(z.string().min(1))
      .min(1)
      .describe(
        'Folder of shards, checkpoint, run or folder of visuals, or a folder that holds some.',
      )
      .meta({ positional: true }),
  },
  async run({ path }, { signal }) {
    const found: Description[] = [];
    for (const each of path)
      found.push(
        ...(isHubName(each) ? [await describePublished(each, signal)] : await describe(each)),
      );
    return found;
  },
  data(found) {
    const data = found.map(({ kind, path, data }) => ({ kind, path, ...data }));
    return data.length === 1 ? data[0] : data;
  },
  spread: true,
  lines: (found) =>
    found.length === 1
      ? [layOut(found[0]!)]
      : found.map(({ kind, path, summary }) => `${kind}  ${path}  ${summary}`),
});

/**
 * Describe what stands at a path, or each thing that a folder holds.
 *
 * @throws {UserError} when there is nothing, or nothing that is known.
 */
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

/** Describe a checkpoint of the hub, which is fetched, under its name there. */
async function describePublished(name: string, signal: AbortSignal): Promise<Description> {
  const found = await describeOne(await resolveSae(name, { signal }));
  if (found !== undefined) return { ...found, path: name };
  throw new UserError(`unknown content: '${name}' is no checkpoint of a known format`);
}

async function describeOne(path: string): Promise<Description | undefined> {
  return (
    (await describeShards(path)) ??
    (await describeRun(path)) ??
    (await describeVisuals(path)) ??
    (await describeCheckpointAt(path))
  );
}
