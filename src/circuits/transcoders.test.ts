import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CIRCUIT_FIXTURES,
  type CircuitWorkshop,
  circuitWorkshop,
} from '../../test/helpers/circuits.ts';
import { UserError } from '../base/errors.ts';
import { readCoder } from '../sae/checkpoints/read-coder.ts';
import { writeCheckpoint } from '../sae/checkpoints/registry.ts';
import type { CoderConfig } from '../sae/coder.ts';
import { openTranscoders, type TranscoderFile, transcoderSet } from './transcoders.ts';

let lab: CircuitWorkshop;
beforeAll(async () => {
  lab = await circuitWorkshop();
});
afterAll(() => lab.close());

const file = (name: string): string => join(CIRCUIT_FIXTURES, name);

describe('a set of transcoders', () => {
  it('knows its layers in order, whatever order they were named in', async () => {
    const set = await lab.open('layer3.pt', 'layer0.pt');
    expect(set.layers).toEqual([0, 3]);
    expect(set.places.get(3)!.input).toBe('blocks.3.ln2.hook_normalized');
    await expect(set.at(1)).rejects.toThrow(UserError);
  });

  it('loads a transcoder once, also for parts of the set', async () => {
    const set = await lab.open('layer0.pt', 'layer1.pt');
    const part = set.only([1, 7]);
    expect(part.layers).toEqual([1]);
    expect(await part.at(1)).toBe(await set.at(1));
    await expect(part.at(0)).rejects.toThrow(UserError);
  });

  it('encodes and reconstructs the model’s own activations', async () => {
    const transcoder = await lab.transcoders.at(1);
    const { dIn, dOut, dSae } = transcoder.config;
    const acts = Float32Array.from({ length: 3 * dIn }, (_, i) => Math.sin(i * i));
    const { wEnc, bEnc, wDec, bDec } = transcoder.weights;
    const expected = new Float64Array(3 * dOut);
    for (let r = 0; r < 3; r++) {
      for (let j = 0; j < dOut; j++) expected[r * dOut + j] = bDec[j]!;
      for (let s = 0; s < dSae; s++) {
        let pre = bEnc[s]!;
        for (let i = 0; i < dIn; i++) pre += acts[r * dIn + i]! * wEnc[s * dIn + i]!;
        for (let j = 0; j < dOut; j++)
          expected[r * dOut + j]! += Math.max(0, pre) * wDec[s * dOut + j]!;
      }
    }
    expect(await transcoder.reconstruct(acts)).toBeNear(expected, 1e-6);
  });

  it('takes the layer of one that does not say where it belongs', async () => {
    const coder = await readCoder(file('layer1.pt'));
    const path = join(lab.workshop.folder, 'nameless');
    const config = { ...coder.config, place: undefined, metadata: {} };
    await writeCheckpoint({ ...coder, config }, path);
    const { backbone } = lab;
    await expect(openTranscoders([path], { backbone })).rejects.toThrow('hook point');
    const set = await openTranscoders([`2=${path}`], { backbone });
    expect(set.layers).toEqual([2]);
    await set.close();
  });

  it.each([
    ['that are SAEs', ['resid2.pt']],
    ['that are not there', ['layer9.pt']],
    ['that are no checkpoints', ['model/config.json']],
  ])('refuses transcoders %s', async (_, names) => {
    const paths = names.map(file);
    await expect(openTranscoders(paths, { backbone: lab.backbone })).rejects.toThrow(UserError);
  });

  it('refuses two transcoders of a layer that are of no run, so that none is the newer', async () => {
    const again = `0=${file('layer1.pt')}`;
    await expect(
      openTranscoders([again, file('layer0.pt')], { backbone: lab.backbone }),
    ).rejects.toThrow('are both for layer 0');
  });

  it.each<[string, Partial<CoderConfig>, Partial<TranscoderFile['places']>]>([
    ['another input width', { dIn: 31 }, {}],
    ['another output width', { dOut: 33 }, {}],
    ['a layer that is not there', {}, { layer: 4 }],
    ['an unknown hook point', {}, { input: 'blocks.0.hook_nothing' }],
    ['the hook points of two layers', {}, { output: 'blocks.1.hook_mlp_out' }],
    ['one head', {}, { head: 2 }],
  ])('refuses a transcoder for %s', async (_, config, places) => {
    const coder = await readCoder(file('layer0.pt'));
    const given: TranscoderFile = {
      name: 'odd',
      config: { ...coder.config, ...config },
      places: {
        input: 'blocks.0.ln2.hook_normalized',
        output: 'blocks.0.hook_mlp_out',
        layer: 0,
        ...places,
      },
      read: async () => coder,
    };
    expect(() => transcoderSet([given], { backbone: lab.backbone })).toThrow(UserError);
  });
});
