// Weights that a training graph is given at every run, in the place of weights on disk.
import type { Weights } from '../../src/backbones/weights.ts';
import { input, type Value } from '../../src/compute/onnx/graph.ts';
import { reshape } from '../../src/compute/onnx/ops.ts';
import type { OnnxTensor } from '../../src/compute/onnx/session.ts';
import type { TensorToWrite } from '../../src/formats/safetensors.ts';
import { f32 } from '../../src/formats/tensor.ts';

/** Sizes by name. */
export type Shapes = ReadonlyMap<string, readonly number[]>;

/** What a graph is fed, by the names of its inputs. */
export type Feeds = Map<string, OnnxTensor>;

type Weighted = ReadonlyMap<string, Float32Array>;

/** What the weights' inputs are fed. */
export function feedsOfWeights(weights: Weighted, shapes: Shapes): Feeds {
  return new Map([...weights].map(([name, data]) => [name, { data, shape: shapes.get(name)! }]));
}

/** The weights as a safetensors file holds them. */
export function weightTensors(
  weights: Weighted,
  shapes: Shapes,
  prefix = '',
): (readonly [string, TensorToWrite])[] {
  return [...weights].map(([name, data]) => [prefix + name, f32(data, ...shapes.get(name)!)]);
}

/** A graph input for each weight, by its name. */
export function weightInputs(shapes: Shapes): Map<string, Value> {
  return new Map([...shapes].map(([name, shape]) => [name, input(name, shape)]));
}

/** The inputs as a backbone's parts ask for weights. */
export function fedWeights(shapes: Shapes, values: ReadonlyMap<string, Value>): Weights {
  return {
    has: (name) => shapes.has(name),
    shapeOf: (name) => shapes.get(name)!,
    take: (name, shape, as = shape) =>
      as.join() === shape.join() ? values.get(name)! : reshape(values.get(name)!, as),
    read: () => Promise.reject(new Error('weights that are fed cannot be read')),
  };
}
