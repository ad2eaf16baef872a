// The trained model without its training heads, and a card with what was measured.
import { join } from 'node:path';
import { writeJsonAtomic } from '../../src/base/files.ts';
import { writeSafetensors } from '../../src/formats/safetensors.ts';
import { weightTensors } from '../training/fed-weights.ts';
import { HELD_OUT_SEED } from './evaluate.ts';
import { isHead, SIZES, weightShapes } from './model.ts';

/** How the weights came to be, for the card. */
export interface Made {
  readonly steps: number;
  readonly batch: number;
  readonly rate: number;
  readonly seed: number;
}

export interface HeldOut {
  readonly scenes: number;
  readonly accuracy: Readonly<Record<string, number>>;
}

/** Write weights and card to a folder. */
export async function publish(
  folder: string,
  weights: ReadonlyMap<string, Float32Array>,
  heldOut: HeldOut,
  { steps, batch, rate, seed }: Made,
): Promise<void> {
  const kept = new Map([...weights].filter(([name]) => !isHead(name)));
  await writeSafetensors(
    join(folder, 'world-vit.safetensors'),
    weightTensors(kept, weightShapes()),
    {
      metadata: {
        n_heads: String(SIZES.nHeads),
        held_out_accuracy: JSON.stringify(heldOut.accuracy),
      },
    },
  );
  await writeJsonAtomic(join(folder, 'world-vit.json'), {
    model: 'world-vit: the vision transformer of the embedded image world',
    architecture: {
      ...SIZES,
      parameters: [...kept.values()].reduce((n, { length }) => n + length, 0),
    },
    training: {
      script: 'scripts/train-world-vit.ts',
      steps,
      batch,
      peakLearningRate: rate,
      seed,
      scenes: steps * batch,
      heads:
        'attributes of each patch (after the last block and after the last but one) and of the main object (CLS)',
    },
    heldOut: { scenes: heldOut.scenes, seed: HELD_OUT_SEED, accuracy: heldOut.accuracy },
  });
}
