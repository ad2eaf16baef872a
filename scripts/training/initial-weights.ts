// The weights that a training begins with.
import { Random } from '../../src/base/random.ts';
import { sizeOf } from '../../src/compute/onnx/graph.ts';
import type { Shapes } from './fed-weights.ts';

/** Draw weights from normal distributions, `deviationOf` each by its name; gains of norms are 1, biases 0. */
export function drawWeights(
  shapes: Shapes,
  seed: number,
  deviationOf: (name: string) => number,
): Map<string, Float32Array> {
  const weights = new Map<string, Float32Array>();
  for (const [name, shape] of shapes) {
    const values = new Float32Array(sizeOf(shape));
    if (/ln[^.]*\.weight$/.test(name)) values.fill(1);
    else if (!name.endsWith('bias')) {
      const deviation = deviationOf(name);
      const random = new Random(seed, name);
      for (let i = 0; i < values.length; i++) values[i] = deviation * random.normal();
    }
    weights.set(name, values);
  }
  return weights;
}
