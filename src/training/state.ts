// What a killed run goes on from: parameters, moments and positions, written now and then.
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../base/errors.ts';
import { kindOfPath, readJson, writeJsonAtomic } from '../base/files.ts';
import type { TensorName } from '../compute/kernels/types.ts';
import { openSafetensors, writeSafetensors } from '../formats/safetensors.ts';
import type { Learner } from '../sae/learner.ts';

const word = z.int().min(0).max(0xffffffff);
const StateRecord = z.object({
  /** Updates made; the tensors' file carries the number in its name. */
  step: z.int().min(0),
  /** NaN is written as null. */
  density: z.number().nullable(),
  random: z.tuple([word, word, word, word]),
});

/** Write a learner's state into `folder`, beside those of earlier steps. */
export async function saveState(folder: string, learner: Learner): Promise<void> {
  await mkdir(folder, { recursive: true });
  const { tensors, updates, density, random } = learner.save();
  const entries = [...tensors].map(
    ([name, data]) => [name, { dtype: 'F32', shape: [data.length], data }] as const,
  );
  await writeSafetensors(tensorFile(folder, updates), entries, {
    metadata: { step: String(updates) },
  });
  await writeJsonAtomic(recordFile(folder, updates), { step: updates, density, random });
}

/** Steps whose state is whole, ascending. */
export async function savedSteps(folder: string): Promise<number[]> {
  if ((await kindOfPath(folder)) !== 'folder') return [];
  const names = await readdir(folder);
  return names
    .map((name) => /^state-(\d+)\.json$/.exec(name)?.[1])
    .filter((step) => step !== undefined)
    .map(Number)
    .sort((a, b) => a - b);
}

/** Remove the states of all steps but `step`, and what a kill left half-written. */
export async function keepOnlyState(folder: string, step: number): Promise<void> {
  const kept = [tensorFile('', step), recordFile('', step)];
  for (const name of await readdir(folder)) {
    if (!kept.includes(name)) await rm(join(folder, name), { force: true });
  }
}

/** Bring a learner to the state of `step` in `folder`. Throws a UserError when the files do not fit it. */
export async function restoreState(folder: string, step: number, learner: Learner): Promise<void> {
  const path = recordFile(folder, step);
  const parsed = StateRecord.safeParse(await readJson(path, 'training state'));
  if (!parsed.success) throw new UserError(`invalid training state: '${path}'`);
  const { density, random } = parsed.data;
  const file = await openSafetensors(tensorFile(folder, step));
  try {
    const tensors = new Map<TensorName, Float32Array>();
    for (const [name, values] of learner.save().tensors) {
      const size = file.tensors.get(name)?.shape[0];
      if (size !== values.length) {
        throw new UserError(
          `invalid training state: ${name} in '${file.path}' does not fit the coder`,
        );
      }
      tensors.set(name, await file.readFloat32(name));
    }
    learner.restore({ tensors, updates: step, density: density ?? Number.NaN, random });
  } finally {
    await file.close();
  }
}

function recordFile(folder: string, step: number): string {
  return join(folder, `state-${step}.json`);
}

function tensorFile(folder: string, step: number): string {
  return join(folder, `tensors-${step}.safetensors`);
}
