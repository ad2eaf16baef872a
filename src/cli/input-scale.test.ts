// The scale of a coder's inputs as a person says it, by files and shards of Python's saev.
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import expected from '../../fixtures/activations/expected.json' with { type: 'json' };
import type { SparseCoder } from '../sae/coder.ts';
import { initWeights } from '../sae/learning/init.ts';
import { withInputScale } from './input-scale.ts';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/activations/${name}`, import.meta.url));

/** An autoencoder whose file says nothing of its inputs. */
function coderOf(dIn: number): SparseCoder {
  const activation = { kind: 'relu' } as const;
  const sizes = { dIn, dOut: dIn, dSae: 2 * dIn };
  return {
    config: { ...sizes, activation, subtractDecoderBias: true, isScaleUnsaid: true, metadata: {} },
    weights: initWeights({ ...sizes, seed: 1, bDec: new Float32Array(dIn) }),
  };
}

// What Python's Dataset computed of all patches of this layer.
const layer = 11;
const computed = expected.reads.find(
  ({ options }) => options.layer === layer && options.patches === 'patches',
)!;
const coder = coderOf(computed.mean.length);

describe('the scale of inputs', () => {
  it("is that of shards, as Python's Dataset computes it", async () => {
    const shardRoot = fixture('python-shards');
    const { config } = await withInputScale(coder, { shardRoot, layer });
    const { mean, scale } = config.normalization!;
    expect(mean!).toBeClose(computed.mean, { relative: 1e-6, absolute: 1e-6 });
    expect(scale! / computed.scalar).toBeCloseTo(1, 6);
    expect(config.isScaleUnsaid).toBeUndefined();
  });

  it('is what files and numbers say, before what shards say', async () => {
    const files = { scaleMean: fixture('mean.pt'), scaleNorm: fixture('scalar.pt') };
    const { normalization } = (await withInputScale(coder, { ...files, layer })).config;
    expect(normalization!.mean).toHaveLength(computed.mean.length);
    const some = { shardRoot: fixture('python-shards'), layer, scaleNorm: 2.5 };
    const mixed = (await withInputScale(coder, some)).config.normalization!;
    expect(mixed.scale).toBe(2.5);
    expect(mixed.mean!).toBeClose(computed.mean, { relative: 1e-6, absolute: 1e-6 });
    const alone = (await withInputScale(coder, { scaleNorm: 2, layer })).config.normalization;
    expect(alone).toEqual({ scale: 2 });
  });

  it('stays as it is where nothing is said', async () => {
    expect(await withInputScale(coder, { layer: -2 })).toBe(coder);
  });

  it('is refused where the checkpoint says it, and for another width', async () => {
    const said = { ...coder, config: { ...coder.config, isScaleUnsaid: false } };
    await expect(withInputScale(said, { scaleNorm: 2, layer })).rejects.toThrow('says itself');
    const other = coderOf(7);
    await expect(withInputScale(other, { scaleMean: fixture('mean.pt'), layer })).rejects.toThrow(
      'the coder takes 7',
    );
    await expect(withInputScale(other, { scaleNorm: fixture('mean.pt'), layer })).rejects.toThrow(
      'invalid scale of inputs',
    );
  });
});
