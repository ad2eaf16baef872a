// saev inspect: say what a path is and holds.
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../base/errors.ts';
import { kindOfPath } from '../base/files.ts';
import { namesIn } from '../base/system/file-names.ts';
import { isHubName } from '../hub/names.ts';
import { resolveSae } from '../sae/checkpoints/read-coder.ts';
import { describeCheckpointAt } from './inspect/checkpoint.ts';
import { describeCodes } from './inspect/codes.ts';
import { type Description, layOut } from './inspect/description.ts';
import { describeLogSparsity } from './inspect/log-sparsity.ts';
import { describeRun } from './inspect/run.ts';
import { isRun, RUN_COLUMNS, runCsv, runTable, sortRuns } from './inspect/run-table.ts';
import { describeShards } from './inspect/shards.ts';
import { describeVisuals } from './inspect/visuals.ts';
import type { Command } from './program/command.ts';
import { defineCommand } from './program/define-command.ts';

export const command: Command = defineCommand({
  name: 'inspect',
  usage: 'PATH … [flags]',
  about:
    'Say what a folder of shards, a checkpoint, a run, a folder of visuals or of codes is and holds.',
  flags: {
    path: z
      .array(z.string().min(1))
      .min(1)
      .describe(
        'Folder of shards, checkpoint, run, folder of visuals or of codes, or a folder that holds some.',
      )
      .meta({ positional: true }),
    sort: z
      .enum(RUN_COLUMNS)
      .default('started')
      .describe('Column that runs are sorted by, smallest first.'),
    csv: z.boolean().default(false).describe('Print runs as CSV, with full numbers.'),
  },
  async run({ path, sort }, { signal }) {
    const found: Description[] = [];
    for (const each of path)
      found.push(
        ...(isHubName(each) ? [await describePublished(each, signal)] : await describe(each)),
      );
    const runs = sortRuns(found.filter(isRun), sort);
    return [...runs, ...found.filter((each) => !isRun(each))];
  },
  data(found) {
    const data = found.map(({ kind, path, data }) => ({ kind, path, ...data }));
    return data.length === 1 ? data[0] : data;
  },
  spread: true,
  lines(found, { csv }) {
    const runs = found.filter(isRun);
    if (csv) return runCsv(runs);
    if (found.length === 1) return [layOut(found[0]!)];
    const others = found.filter((each) => !isRun(each));
    return [
      ...(runs.length === 0 ? [] : runTable(runs)),
      ...others.map(({ kind, path, summary }) => `${kind}  ${path}  ${summary}`),
    ];
  },
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
  const names = kind === 'folder' ? await namesIn(path) : [];
  const parts: Description[] = [];
  for (const name of names) {
    const kindOfPart = await kindOfPath(join(path, name)).catch(() => 'other');
    if (kindOfPart !== 'folder') continue;
    const part = await describePart(join(path, name));
    if (part !== undefined) parts.push(part);
  }
  if (parts.length > 0) return parts;
  throw new UserError(`unknown content: '${path}' holds nothing that saev knows`, {
    hint: 'known: folders of shards (metadata.json), checkpoints, runs (run.json), visuals (features.safetensors), codes (token_acts.npz)',
  });
}

/** Describe a thing among others: what is wrong with one of them does not hide the rest. */
async function describePart(path: string): Promise<Description | undefined> {
  try {
    return await describeOne(path);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { message } = error;
    return { kind: 'unreadable', path, summary: message, facts: [], data: { error: message } };
  }
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
    (await describeCodes(path)) ??
    (await describeLogSparsity(path)) ??
    (await describeCheckpointAt(path))
  );
}
