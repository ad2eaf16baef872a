// Scores on a synthetic world beside those of SAELens, for the same decoder, codes and truths.
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import expected from '../../../fixtures/synthetic/scores.json' with { type: 'json' };
import { matchFeatures } from '../../analysis/matching/match.ts';
import type { SparseRows } from '../../compute/sparse-rows.ts';
import { openSafetensors } from '../../formats/safetensors.ts';
import { worldTally } from './world-scores.ts';

const file = (name: string): string =>
  fileURLToPath(new URL(`../../../fixtures/synthetic/${name}`, import.meta.url));

function sparse(dense: Float32Array, columns: number): SparseRows {
  const rowStart = [0];
  const index: number[] = [];
  for (let at = 0; at < dense.length; at += columns) {
    for (let j = 0; j < columns; j++) if (dense[at + j] !== 0) index.push(j);
    rowStart.push(index.length);
  }
  return {
    columns,
    rowStart: Uint32Array.from(rowStart),
    index: Uint32Array.from(index),
    value: dense.filter((x) => x !== 0),
  };
}

it('are those of SAELens', async () => {
  const [given, world] = await Promise.all(
    ['scores.safetensors', 'world/synthetic_model.safetensors'].map((name) =>
      openSafetensors(file(name)),
    ),
  );
  const read = (name: string): Promise<Float32Array> => given!.readFloat32(name);
  const width = 20;
  const truth = { data: await world!.readFloat32('feature_vectors'), width };
  const decoder = { data: await read('decoder'), width };
  const matching = await matchFeatures(decoder, truth);
  const tally = worldTally(matching, 120);
  const features = sparse(await read('features'), 120);
  const codes = sparse(await read('codes'), 48);
  const [inputs, outputs] = [await read('rows'), await read('outputs')];
  tally.add({ features, codes, inputs, outputs });
  const { scores } = tally.result();
  for (const [name, value] of Object.entries(expected)) {
    const ours =
      name === 'mccWide' ? (await matchFeatures(truth, decoder)).mcc : scores[name as 'mcc'];
    expect(ours, name).toBeCloseTo(value, 6);
  }
  expect(scores.nDead).toBeGreaterThanOrEqual(1);
  await Promise.all([given!.close(), world!.close()]);
});
