// What a learner keeps so that it can go on to the same bits: its tensors are read and written here.
import type { RandomState } from '../../base/random.ts';
import type {
  DeviceCoder,
  KernelState,
  ParameterName,
  TensorName,
} from '../../compute/kernels/types.ts';
import type { AnnealState } from './annealing.ts';

/** Everything that a resumed learner needs to go on to the same bits. */
export interface LearnerState {
  readonly tensors: ReadonlyMap<TensorName, Float32Array>;
  readonly updates: number;
  readonly kernels: KernelState;
  readonly random: RandomState;
  /** The threshold that the activation function has learnt so far, where it learns one. */
  readonly threshold?: number | undefined;
  /** Width of the selection, where the first batch has chosen it. */
  readonly width?: number | undefined;
  /** Where annealing stands; at the beginning when undefined. */
  readonly annealing?: AnnealState | undefined;
}

/** Copy the parameters that are trained out, with their moments, the marks of what ever had a gradient, and lengths that are free. */
export async function readTensors(
  device: DeviceCoder,
  trained: readonly ParameterName[],
  { freeDecoderNorm = false }: { readonly freeDecoderNorm?: boolean },
): Promise<ReadonlyMap<TensorName, Float32Array>> {
  const names: TensorName[] = freeDecoderNorm ? ['seen', 'decoderNorms'] : ['seen'];
  for (const name of trained) names.push(name, `${name}.m`, `${name}.v`);
  const tensors = new Map<TensorName, Float32Array>();
  for (const name of names) tensors.set(name, await device.read(name));
  return tensors;
}

/** Copy tensors in. */
export async function writeTensors(
  device: DeviceCoder,
  tensors: LearnerState['tensors'],
): Promise<void> {
  for (const [name, values] of tensors) await device.write(name, values);
}
