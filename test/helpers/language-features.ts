// What the tests of language features share: coders of fixtures/visuals/language and the original's numbers.
import { join } from 'node:path';
import type { Extremes } from '../../src/analysis/extremes.ts';
import { openSafetensors } from '../../src/formats/safetensors.ts';
import { readCheckpoint } from '../../src/sae/checkpoints/registry.ts';
import type { SparseCoder } from '../../src/sae/coder.ts';

const FOLDER = join(import.meta.dirname, '../../fixtures/visuals/language');

/** Features that the golden file tells of, and how many entries its tables have. */
export const GOLDEN_FEATURES: readonly number[] = [0, 7, 19];
export const GOLDEN_K = 5;

/** Read a coder of the fixtures: `transcoder0`, `transcoder1`, `sae1`. */
export function featureCoder(name: string): Promise<SparseCoder> {
  return readCheckpoint(join(FOLDER, `${name}.pt`));
}

/** A named array of the original's. */
export interface GoldenArray {
  readonly data: ArrayLike<number>;
  readonly shape: readonly number[];
}

/** All arrays of the golden file, by name. */
export async function featureGolden(): Promise<(name: string) => GoldenArray> {
  const file = await openSafetensors(join(FOLDER, 'golden.safetensors'));
  const arrays = new Map<string, GoldenArray>();
  for (const [name, { shape }] of file.tensors) {
    const { data } = await file.read(name);
    arrays.set(name, { data: data as unknown as ArrayLike<number>, shape });
  }
  await file.close();
  return (name) => {
    const found = arrays.get(name);
    if (found === undefined) throw new Error(`no '${name}' in the golden file`);
    return found;
  };
}

/** The same table as the original's columns `top`, `top_at`, `bottom`, `bottom_at`. */
export function tableColumns({ top, bottom }: Extremes): {
  top: number[];
  top_at: number[];
  bottom: number[];
  bottom_at: number[];
} {
  return {
    top: top.map(({ value }) => value),
    top_at: top.map(({ index }) => index),
    bottom: bottom.map(({ value }) => value),
    bottom_at: bottom.map(({ index }) => index),
  };
}
