import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UserError } from '../base/errors.ts';
import { metadataWithPlace, withPlace } from './checkpoints/place-fields.ts';
import { readCoder } from './checkpoints/read-coder.ts';
import { type CoderConfig, isTranscoder } from './coder.ts';
import { hookPointsOf } from './hook-points.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures/checkpoints');

/** A config as a format reads it. */
function withMetadata(metadata: CoderConfig['metadata'], dOut = 6): { config: CoderConfig } {
  const activation = { kind: 'relu' } as const;
  const config = { dIn: 6, dOut, dSae: 12, activation, subtractDecoderBias: false, metadata };
  return { config: withPlace(config) };
}

describe('the hook points of a coder', () => {
  it('are those of a transcoder of transcoder-circuits', () => {
    const metadata = {
      model_name: 'gpt2-small',
      hook_point: 'blocks.8.ln2.hook_normalized',
      hook_point_layer: 8,
      hook_point_head_index: null,
      out_hook_point: 'blocks.8.hook_mlp_out',
      out_hook_point_layer: 8,
      is_transcoder: true,
    };
    expect(hookPointsOf(withMetadata(metadata))).toEqual({
      model: 'gpt2-small',
      input: 'blocks.8.ln2.hook_normalized',
      output: 'blocks.8.hook_mlp_out',
      layer: 8,
      head: undefined,
    });
  });

  it('are the input twice for an SAE, whatever output its config names', () => {
    const metadata = {
      hook_point: 'blocks.{layer}.attn.hook_z',
      hook_point_layer: 3,
      hook_point_head_index: 7,
      out_hook_point: 'blocks.3.hook_mlp_out',
      is_transcoder: false,
    };
    const found = hookPointsOf(withMetadata(metadata));
    expect(found.input).toBe('blocks.3.attn.hook_z');
    expect(found.output).toBe(found.input);
    expect(found.head).toBe(7);
  });

  it('are read from the folders of SAELens, of both versions', async () => {
    for (const name of ['standard', 'old-standard']) {
      const found = hookPointsOf(await readCoder(join(FIXTURES, 'saelens', name)));
      expect(found).toMatchObject({
        model: 'gpt2-small',
        input: 'blocks.8.hook_resid_pre',
        layer: 8,
      });
    }
  });

  it('take the layer from the name where nothing else says it', () => {
    const metadata = { hook_name: 'blocks.2.hook_mlp_in', hook_name_out: 'blocks.2.hook_mlp_out' };
    expect(hookPointsOf(withMetadata(metadata, 5))).toMatchObject({ layer: 2 });
  });

  it.each([
    ['nothing', {}, 6],
    ['no output', { hook_name: 'blocks.2.hook_mlp_in' }, 5],
    ['no output of a transcoder', { hook_name: 'blocks.2.hook_mlp_in', is_transcoder: true }, 6],
    ['two layers', { hook_name: 'blocks.2.hook_mlp_in', hook_layer: 3 }, 6],
    ['no layer', { hook_name: 'hook_embed' }, 6],
    ['a name that is no text', { hook_name: 8, hook_layer: 8 }, 6],
  ])('are refused where the config says %s', (_, metadata, dOut) => {
    expect(() => hookPointsOf(withMetadata(metadata, dOut))).toThrow(UserError);
  });

  it('tell a transcoder from an autoencoder', () => {
    const points = { hook_name: 'blocks.2.hook_mlp_in', hook_name_out: 'blocks.2.hook_mlp_out' };
    expect(isTranscoder(withMetadata(points).config)).toBe(false);
    expect(isTranscoder(withMetadata(points, 5).config)).toBe(true);
    expect(isTranscoder(withMetadata({ ...points, is_transcoder: true }).config)).toBe(true);
    const { config } = withMetadata({});
    const place = { input: 'blocks.2.hook_mlp_in', output: 'blocks.2.hook_mlp_out' };
    expect(isTranscoder({ ...config, place })).toBe(true);
    expect(isTranscoder({ ...config, place: { input: place.input } })).toBe(false);
  });
});

describe('the metadata of a coder with a place', () => {
  const { config } = withMetadata({ note: 'kept', context_size: 8 });
  const place = {
    model: 'gpt2',
    input: 'blocks.2.ln2.hook_normalized',
    output: 'blocks.3.hook_mlp_out',
    layer: 2,
  };

  it('says it under the names of both programs, before what the texts were', () => {
    const metadata = metadataWithPlace({ ...config, place });
    expect(Object.entries(metadata)).toEqual([
      ['note', 'kept'],
      ['model_name', 'gpt2'],
      ['hook_name', place.input],
      ['hook_point', place.input],
      ['hook_layer', 2],
      ['hook_point_layer', 2],
      ['hook_head_index', null],
      ['hook_point_head_index', null],
      ['is_transcoder', true],
      ['hook_name_out', place.output],
      ['out_hook_point', place.output],
      ['hook_layer_out', 3],
      ['out_hook_point_layer', 3],
      ['context_size', 8],
    ]);
    expect(hookPointsOf({ config: withPlace({ ...config, metadata }) })).toEqual({ ...place });
  });

  it('stays as a file gave it, until the place is another', () => {
    const read = withMetadata({ hook_name: 'blocks.{layer}.hook_z', hook_layer: 1, seed: 3 });
    expect(metadataWithPlace(read.config)).toEqual(read.config.metadata);
    const moved = metadataWithPlace({ ...read.config, place });
    expect(Object.keys(moved).slice(0, 3)).toEqual(['hook_name', 'hook_layer', 'seed']);
    expect(hookPointsOf({ config: withPlace({ ...config, metadata: moved }) })).toEqual(place);
  });
});
