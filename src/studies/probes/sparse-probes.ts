// Heads whose classes read a few latents each: how much of an accuracy so many features carry.
import type { ActivationSource } from '../../activations/types.ts';
import type { SparseRows } from '../../compute/sparse-rows.ts';
import type { Labels } from '../labels/labels.ts';
import type { FeatureMap } from './features.ts';
import type { LinearHead } from './linear-head.ts';
import type { StrongestLatents } from './strongest-latents.ts';
import { type ProbeOptions, type TrainedProbes, trainProbes } from './train-probes.ts';

/**
 * Train heads of which each class reads only its own `k` strongest latents. They learn on codes divided by each latent's
 * size, so that rates mean the same whatever the scale of the codes, and are given back for the codes themselves,
 * `[nClasses, latents]` with zeros elsewhere.
 */
export async function trainSparseProbes(
  source: ActivationSource,
  labels: Labels,
  chosen: StrongestLatents,
  options: Omit<ProbeOptions, 'initial' | 'mask' | 'features'> & {
    readonly k: number;
    readonly features: FeatureMap;
  },
): Promise<TrainedProbes> {
  const { k, features, ...training } = options;
  const nClasses = labels.classes.length;
  const own = chosen.byClass.map((latents) => latents.slice(0, k).map(({ latent }) => latent));
  const columns = [...new Set(own.flat())].sort((a, b) => a - b);
  const columnOf = new Map(columns.map((latent, column) => [latent, column]));
  const mask = new Uint8Array(columns.length * nClasses);
  own.forEach((latents, number) => {
    for (const latent of latents) mask[columnOf.get(latent)! * nClasses + number] = 1;
  });
  const scales = columns.map((latent) => 1 / chosen.size[latent]!);
  const empty = (): LinearHead => ({
    dIn: columns.length,
    nClasses,
    weight: new Float32Array(nClasses * columns.length),
    bias: new Float32Array(nClasses),
  });
  const trained = await trainProbes(source, labels, {
    ...training,
    features: {
      width: columns.length,
      isSparse: true,
      of: async (acts) => pickColumns((await features.of(acts)) as SparseRows, columnOf, scales),
    },
    initial: training.rates.map(empty),
    mask,
  });
  const heads = trained.heads.map(({ weight, bias }) => {
    const whole = new Float32Array(nClasses * features.width);
    for (let c = 0; c < nClasses; c++) {
      columns.forEach((latent, column) => {
        const learnt = weight[c * columns.length + column]!;
        if (learnt !== 0) whole[c * features.width + latent] = learnt * scales[column]!;
      });
    }
    return { dIn: features.width, nClasses, weight: whole, bias };
  });
  return { ...trained, heads };
}

/** Keep some columns, each times its scale. */
function pickColumns(
  { rowStart, index, value }: SparseRows,
  columnOf: ReadonlyMap<number, number>,
  scales: readonly number[],
): SparseRows {
  const starts = new Uint32Array(rowStart.length);
  const indices: number[] = [];
  const values: number[] = [];
  for (let row = 0; row + 1 < rowStart.length; row++) {
    for (let p = rowStart[row]!; p < rowStart[row + 1]!; p++) {
      const column = columnOf.get(index[p]!);
      if (column === undefined) continue;
      indices.push(column);
      values.push(value[p]! * scales[column]!);
    }
    starts[row + 1] = indices.length;
  }
  return {
    columns: scales.length,
    rowStart: starts,
    index: Uint32Array.from(indices),
    value: Float32Array.from(values),
  };
}
