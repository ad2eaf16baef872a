// The work of saev steer: open the coder once, edit each example, and write pictures where they are asked for.
import { join } from 'node:path';
import { UserError } from '../../base/errors.ts';
import { kindOfPath, writeFileAtomic, writeJsonAtomic } from '../../base/files.ts';
import { makeFolder } from '../../base/folders.ts';
import { openAskable } from '../../studies/asking/askable.ts';
import { edit } from '../../studies/steering/edit.ts';
import { withOwnCodes } from '../../studies/steering/heads/own-codes.ts';
import { readEditHeads } from '../../studies/steering/heads/read-heads.ts';
import { largestSeen } from '../../studies/steering/largest-seen.ts';
import type { EditOptions } from '../../studies/steering/options.ts';
import { repeatCommand } from '../../studies/steering/repeat.ts';
import { chooseCoder } from '../../training/runs/choose-coder.ts';
import { isChange, readChanges } from './changes.ts';
import { type ExampleFlags, examplesOf } from './examples.ts';
import type { SteeredExample } from './lines.ts';
import { picturesOf } from './pictures.ts';

/** What the command was told. */
export interface SteerFlags extends Omit<EditOptions, 'changes'>, ExampleFlags {
  readonly run: string;
  readonly example: readonly string[];
  readonly set: readonly string[];
  readonly heads: readonly string[];
  readonly visuals?: string | undefined;
  readonly out?: string | undefined;
  readonly threads?: number | undefined;
}

/**
 * Edit every example.
 * @throws {UserError} when something is missing, or cannot be read or edited
 */
export async function steer(flags: SteerFlags, signal: AbortSignal): Promise<SteeredExample[]> {
  const { set, heads, out, where, prompts, templates, newTokens, seed, temperature } = flags;
  // A list of changes takes the words behind it; those that are none are examples.
  const words = [...flags.example, ...set.filter((word) => !isChange(word))];
  if (words.length + flags.numbers.length === 0) {
    throw new UserError('missing example: nothing to edit', {
      hint: 'name an image or write a text: saev steer RUN photo.jpg --set 17=0',
    });
  }
  const run = await chooseCoder(flags.run);
  const found = await withOwnCodes(await readEditHeads(heads), run);
  const { threads } = flags;
  await using askable = await openAskable(run, {
    signal,
    ...(threads !== undefined && { threads }),
  });
  const isText = askable.modality === 'text';
  const examples = examplesOf(words, flags, { run, isText, signal });
  let largest: Promise<Float32Array | undefined> | undefined;
  const seen = () => (largest ??= largestSeen(flags.visuals ?? run, askable.coder.dSae));
  const changes = await readChanges(set.filter(isChange), seen);
  const options = { changes, where, prompts, templates, newTokens, seed, temperature };
  const results: SteeredExample[] = [];
  for (const [i, { called, named, read }] of examples.entries()) {
    const { example, notes } = await read();
    const answer = await edit(askable, example, { ...options, heads: found, signal });
    const repeat = repeatCommand({ run, example: named, heads, maps: flags.maps, ...options });
    const folder = out === undefined || examples.length === 1 ? out : join(out, String(i));
    const reasons = [...notes, ...answer.reasons];
    const result = { example: called, changes, ...answer, reasons, repeat };
    if (folder !== undefined) await write(folder, result);
    results.push({ ...result, ...(folder !== undefined && { folder }) });
  }
  return results;
}

async function write(folder: string, result: SteeredExample): Promise<void> {
  if ((await kindOfPath(folder)) === 'file')
    throw new UserError(`'${folder}' is a file, not a folder for pictures`);
  await makeFolder(folder);
  for (const { name, bytes } of picturesOf(result))
    await writeFileAtomic(join(folder, name), bytes);
  await writeJsonAtomic(join(folder, 'edit.json'), result);
}
