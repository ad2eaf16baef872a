// The dimensions of the activations themselves, each in both directions.
import type { Baseline } from './baseline.ts';
import { openDirections } from './direction-coder.ts';

export const neurons: Baseline = {
  name: 'neurons',
  about: 'single dimensions of the activations, each in both directions, as dense as they are',
  fit(_, options) {
    const { dModel } = options;
    const directions = new Float32Array(2 * dModel * dModel);
    for (let i = 0; i < dModel; i++) {
      directions[2 * i * dModel + i] = 1;
      directions[(2 * i + 1) * dModel + i] = -1;
    }
    return openDirections(
      this.name,
      { directions, mean: new Float32Array(dModel), activation: { kind: 'relu' } },
      options,
    );
  },
};
