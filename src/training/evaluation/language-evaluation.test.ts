import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LanguageWorkshop, languageWorkshop } from '../../../test/helpers/language.ts';
import type { LanguageBackbone } from '../../backbones/language/types.ts';
import { transpose } from '../../base/arrays.ts';
import { openSafetensors, type SafetensorsFile } from '../../formats/safetensors.ts';
import { decode } from '../../sae/decode.ts';
import { evaluateLanguage, type LanguageEvaluation } from './language-evaluation.ts';
import type { PlacedCoder } from './substitution.ts';

const fixture = (name: string): URL =>
  new URL(`../../../fixtures/training/${name}`, import.meta.url);
const golden = JSON.parse(readFileSync(fixture('evaluation.json'), 'utf8')) as Record<
  string,
  Record<string, number>
>;

let workshop: LanguageWorkshop;
let backbone: LanguageBackbone;
let file: SafetensorsFile;
let tokens: number[][];
beforeAll(async () => {
  workshop = await languageWorkshop();
  backbone = await workshop.open('gpt2');
  file = await openSafetensors(fixture('evaluation.safetensors').pathname);
  const [rows, length] = file.tensors.get('tokens')!.shape as [number, number];
  const ids = (await file.read('tokens')).data as Int32Array;
  tokens = Array.from({ length: rows }, (_, r) => [...ids.subarray(r * length, (r + 1) * length)]);
});
afterAll(async () => {
  await file.close();
  await workshop.close();
});

/** A coder of the golden file, by its definition: `relu((x − b_dec) W_enc + b_enc) W_dec + b_dec`. */
async function goldenCoder(name: string): Promise<PlacedCoder['reconstruct']> {
  const [dIn, dSae] = file.tensors.get(`${name}.W_enc`)!.shape as [number, number];
  const weights = {
    wEnc: transpose(await file.readFloat32(`${name}.W_enc`), dIn, dSae),
    bEnc: await file.readFloat32(`${name}.b_enc`),
    wDec: await file.readFloat32(`${name}.W_dec`),
    bDec: await file.readFloat32(`${name}.b_dec`),
  };
  const activation = { kind: 'relu' } as const;
  const config = { dIn, dOut: dIn, dSae, activation, subtractDecoderBias: true, metadata: {} };
  return async (acts) => {
    const rows = acts.length / dIn;
    const value = new Float32Array(rows * dSae);
    for (let i = 0; i < value.length; i++) {
      const [r, s] = [Math.floor(i / dSae), i % dSae];
      let pre = weights.bEnc[s]!;
      for (let j = 0; j < dIn; j++) {
        pre += (acts[r * dIn + j]! - weights.bDec[j]!) * weights.wEnc[s * dIn + j]!;
      }
      value[i] = Math.max(0, pre);
    }
    const index = Uint32Array.from(value, (_, i) => i % dSae);
    const rowStart = Uint32Array.from({ length: rows + 1 }, (_, r) => r * dSae);
    return decode({ columns: dSae, rowStart, index, value }, { config, weights });
  };
}

const places = {
  resid: { input: 'blocks.1.hook_resid_pre', output: 'blocks.1.hook_resid_pre' },
  head: { input: 'blocks.1.attn.hook_q', output: 'blocks.1.attn.hook_q', head: 2 },
  mlp: { input: 'blocks.0.ln2.hook_normalized', output: 'blocks.0.hook_mlp_out' },
};

describe('evaluateLanguage', () => {
  it.each(['resid', 'head'] as const)('gives the numbers of the original: %s', async (name) => {
    const coder = { ...places[name], reconstruct: await goldenCoder(name) };
    const expected = golden[name]!;
    const found = await evaluateLanguage(coder, backbone, tokens, { batchContexts: 3 });
    const clean = expected['metrics/ce_loss_without_sae']!;
    const withCoder = expected['metrics/ce_loss_with_sae']!;
    const pairs: [number | undefined, number][] = [
      [found.ceLossClean, clean],
      [found.ceLossReplaced, withCoder],
      [found.ceLossZeroAblated, expected['metrics/ce_loss_with_ablation']!],
      [found.l2Norm, expected['metrics/l2_norm']!],
      [found.l2Ratio, expected['metrics/l2_ratio']!],
    ];
    if (name === 'head') {
      pairs.push([found.attentionKlReplaced, expected['metrics/kldiv_reconstructed']!]);
      pairs.push([found.attentionKlZeroAblated, expected['metrics/kldiv_ablation']!]);
    }
    // Differences of losses that are alike carry the rounding of the losses.
    expect(Math.abs(found.ceLossScore - expected['metrics/CE_loss_score']!)).toBeLessThan(2e-4);
    expect(pairs.map(([ours]) => ours ?? Number.NaN)).toBeClose(
      pairs.map(([, theirs]) => theirs),
      { relative: 1e-5 },
    );
    expect(found.nEvalContexts).toBe(5);
  });

  const scored = (reconstruct: PlacedCoder['reconstruct']): Promise<LanguageEvaluation> =>
    evaluateLanguage({ ...places.mlp, reconstruct }, backbone, tokens, { batchContexts: 3 });

  it('scores 1 for a transcoder that computes what the MLP does', async () => {
    const recorded = await backbone.run(tokens, {
      record: [places.mlp.input, places.mlp.output],
    });
    const [inputs, outputs] = [
      recorded.get(places.mlp.input)!.data,
      recorded.get(places.mlp.output)!.data,
    ];
    const row = (values: Float32Array, r: number): Float32Array =>
      values.subarray(r * 16, (r + 1) * 16);
    const distance = (a: Float32Array, b: Float32Array): number =>
      Math.hypot(...a.map((value, i) => value - b[i]!));
    // Batches of other sizes round differently: the nearest recorded row is the same one.
    const found = await scored(async (acts) => {
      const out = new Float32Array(acts.length);
      for (let r = 0; r < acts.length / 16; r++) {
        const far = Array.from({ length: inputs.length / 16 }, (_, i) =>
          distance(row(acts, r), row(inputs, i)),
        );
        out.set(row(outputs, far.indexOf(Math.min(...far))), r * 16);
      }
      return out;
    });
    expect(found.ceLossScore).toBeCloseTo(1, 5);
    expect(found.ceLossReplaced).toBeCloseTo(found.ceLossClean, 6);
    expect(found.l2Ratio).toBeCloseTo(1, 6);
  });

  it('scores 0 for a coder that gives zeros', async () => {
    const found = await scored(async (acts) => new Float32Array(acts.length));
    expect(found.ceLossScore).toBeCloseTo(0, 12);
    expect(found.ceLossReplaced).toBe(found.ceLossZeroAblated);
    expect([found.l2Norm, found.l2Ratio]).toEqual([0, 0]);
    expect(found).not.toHaveProperty('attentionKlReplaced');
  });

  it('refuses a coder of another width, and one that writes before it reads', async () => {
    await expect(scored(async () => new Float32Array(7))).rejects.toThrow(
      "invalid coder: it does not have the width of 'blocks.0.hook_mlp_out'",
    );
    const backwards = { input: places.mlp.output, output: places.mlp.input };
    const coder = { ...backwards, reconstruct: async (acts: Float32Array) => acts };
    await expect(evaluateLanguage(coder, backbone, tokens, { batchContexts: 5 })).rejects.toThrow(
      "'blocks.0.ln2.hook_normalized' is computed before 'blocks.0.hook_mlp_out'",
    );
  });
});
