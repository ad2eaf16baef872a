import { describe, expect, it } from 'vitest';
import { diskNeeds, diskText } from './disk.ts';
import { fitConfig } from './fitting.ts';
import { TrainConfig, type TrainConfigInput } from './train-config.ts';

const source = { length: 1_000_000, dModel: 768, contexts: undefined };
const of = (input: TrainConfigInput) => fitConfig(TrainConfig.parse(input), source);

describe('what runs write', () => {
  it('is a coder, those on the way, and a state with the moments of Adam', () => {
    const coder = 4 * (2 * 768 * 24_576 + 24_576 + 768);
    expect(diskNeeds(of({ sae: { expFactor: 32 } }), source)).toEqual({
      left: coder,
      meanwhile: 6 * coder,
    });
    const some = of({ sae: { dSae: 10 }, nCheckpoints: 3, checkpointEvery: 0 });
    const small = 4 * (10 * (768 + 5 + 1) + 5);
    expect(diskNeeds(some, { dModel: 768, dTarget: 5 })).toEqual({
      left: 4 * small,
      meanwhile: 3 * small,
    });
  });

  it('is said where it is much', () => {
    expect(diskText([{ config: of({ sae: { expFactor: 4 } }), source }])).toBeUndefined();
    const large = { config: of({ sae: { expFactor: 32 }, runRoot: 'big' }), source };
    expect(diskText([large, large])).toBe(
      '2 runs will write 302.2 MB into big, and up to 1.8 GB of state meanwhile',
    );
  });
});
