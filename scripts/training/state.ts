// What a training that was stopped goes on from: weights and the optimizer's moments, in a folder of its own.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { kindOfPath, readJson, writeJsonAtomic } from '../../src/base/files.ts';
import { openSafetensors, writeSafetensors } from '../../src/formats/safetensors.ts';
import { createOptimizer, type Optimizer } from './adamw.ts';
import { type Shapes, weightTensors } from './fed-weights.ts';

export interface TrainingState {
  /** Steps that are done. */
  readonly step: number;
  readonly weights: Map<string, Float32Array>;
  readonly optimizer: Optimizer;
}

/** Read the newest state of a folder; without one, begin with `initial`. */
export async function readState(
  folder: string,
  shapes: Shapes,
  initial: () => Map<string, Float32Array>,
): Promise<TrainingState> {
  const path = join(folder, 'state.json');
  if ((await kindOfPath(path)) !== 'file') {
    const weights = initial();
    return { step: 0, weights, optimizer: createOptimizer(weights) };
  }
  const { step } = (await readJson(path, 'training state')) as { step: number };
  const file = await openSafetensors(fileOf(folder, step));
  const load = async (prefix: string): Promise<Map<string, Float32Array>> => {
    const found = new Map<string, Float32Array>();
    for (const name of shapes.keys()) found.set(name, await file.readFloat32(`${prefix}${name}`));
    return found;
  };
  const state = {
    step,
    weights: await load('w:'),
    optimizer: { m: await load('m:'), v: await load('v:') },
  };
  await file.close();
  return state;
}

/** Write a state, then forget the one of step `before`. */
export async function writeState(
  folder: string,
  shapes: Shapes,
  { step, weights, optimizer }: TrainingState,
  before: number,
): Promise<void> {
  const entries = [
    ['w:', weights],
    ['m:', optimizer.m],
    ['v:', optimizer.v],
  ] as const;
  await writeSafetensors(
    fileOf(folder, step),
    entries.flatMap(([prefix, values]) => weightTensors(values, shapes, prefix)),
    { metadata: {} },
  );
  await writeJsonAtomic(join(folder, 'state.json'), { step });
  if (before !== step) await rm(fileOf(folder, before), { force: true });
}

function fileOf(folder: string, step: number): string {
  return join(folder, `step-${step}.safetensors`);
}
