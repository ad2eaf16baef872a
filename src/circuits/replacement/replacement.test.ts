import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type CircuitGolden,
  type CircuitWorkshop,
  circuitGolden,
  circuitWorkshop,
  type GoldenMeasure,
} from '../../../test/helpers/circuits.ts';
import type { Intervention, LanguageBackbone } from '../../backbones/language/types.ts';
import { dot } from '../../base/arrays.ts';
import { UserError } from '../../base/errors.ts';
import { klDivergences, measureReplacement } from './measure.ts';
import { replacementInterventions, withReplacement } from './replacement.ts';

let golden: CircuitGolden;
let lab: CircuitWorkshop;
beforeAll(async () => {
  golden = await circuitGolden();
  lab = await circuitWorkshop();
});
afterAll(() => lab.close());

const RESIDUAL = 'blocks.3.hook_resid_pre';

async function expectMeasure(model: LanguageBackbone, expected: GoldenMeasure): Promise<void> {
  const { tokens, prompt } = golden.replacement;
  const { mean, perToken } = await model.loss(tokens);
  expect([mean]).toBeClose([expected.loss]);
  expect(perToken.data).toBeClose(expected.lossPerToken.flat(), { relative: 1e-5, absolute: 1e-5 });
  const [before, after] = [await lab.backbone.logits(tokens), await model.logits(tokens)];
  const divergences = klDivergences(before, after);
  const divergence = divergences.reduce((sum, value) => sum + value, 0) / divergences.length;
  expect([divergence]).toBeClose([expected.divergence], { relative: 1e-5, absolute: 1e-6 });
  const residual = (await model.run(tokens, { record: [RESIDUAL] })).get(RESIDUAL)!;
  const probe = Float32Array.from(golden.probe);
  const along = Float64Array.from({ length: residual.data.length / probe.length }, (_, r) =>
    dot(probe, residual.data, r * probe.length),
  );
  expect(along).toBeNear(expected.probe.flat(), 1e-5);
  const options = { maxNewTokens: 6, temperature: 0 };
  expect(await model.generate(prompt, options)).toEqual(expected.generated);
  expect(await model.generate(prompt, { ...options, useCache: false })).toEqual(expected.generated);
}

describe('a model with transcoders in place of MLPs', () => {
  it('computes what the original computes, in all layers and in some', async () => {
    const { transcoders, backbone } = lab;
    await expectMeasure(withReplacement(backbone, { transcoders }), golden.replacement.replaced);
    const middle = transcoders.only([1, 2]);
    const inMiddle = withReplacement(backbone, { transcoders: middle });
    await expectMeasure(inMiddle, golden.replacement.middle);
  });

  it('can have MLPs that write zeros', async () => {
    const zeroed = withReplacement(lab.backbone, { zeroed: [0, 1, 2, 3] });
    await expectMeasure(zeroed, golden.replacement.zeroed);
  });

  it('nests, and leaves the model itself alone', async () => {
    const { transcoders, backbone } = lab;
    const inner = withReplacement(backbone, { transcoders: transcoders.only([1, 2, 3]) });
    await expectMeasure(withReplacement(inner, { zeroed: [2] }), golden.replacement.nested);
    const zeros = withReplacement(backbone, { zeroed: [1, 2, 3] });
    const outer = withReplacement(zeros, { transcoders: transcoders.only([1, 3]) });
    await expectMeasure(outer, golden.replacement.nested);
    await expectMeasure(backbone, golden.replacement.after);
  });

  it('gives one result whether rows are run together, alone or padded', async () => {
    const { tokens } = golden.replacement;
    const model = withReplacement(lab.backbone, { transcoders: lab.transcoders });
    const together = await model.logits(tokens);
    const size = together.data.length / tokens.length;
    for (const [i, row] of tokens.entries()) {
      const alone = await model.logits([row]);
      expect(alone.data).toBeNear(together.data.subarray(i * size, (i + 1) * size), 1e-5);
    }
    const short = tokens[0]!.slice(0, 7);
    const padded = await model.logits([short, tokens[1]!], { padding: 'left' });
    const alone = await model.logits([short]);
    const skipped = (tokens[1]!.length - 7) * lab.backbone.config.dVocab;
    expect(padded.data.subarray(skipped, size)).toBeNear(alone.data, 1e-5);
  });

  it('meets interventions of the run in the order of computation', async () => {
    const { tokens } = golden.replacement;
    const { backbone } = lab;
    const transcoders = lab.transcoders.only([1]);
    const [input, output] = ['blocks.1.ln2.hook_normalized', 'blocks.1.hook_mlp_out'];
    const shift = { data: Float32Array.from({ length: 32 }, (_, i) => Math.sin(i)), shape: [32] };
    const interventions: Intervention[] = [
      { point: input, add: shift },
      { point: output, add: shift },
    ];
    const model = withReplacement(backbone, { transcoders });
    const run = await model.run(tokens, { record: [input, output], interventions });
    const transcoder = await transcoders.at(1);
    const clean = (await backbone.run(tokens, { record: [input] })).get(input)!.data;
    const shifted = clean.map((value, i) => value + shift.data[i % 32]!);
    expect(run.get(input)!.data).toBeNear(shifted, 1e-6);
    const expected = (await transcoder.reconstruct(shifted)).map(
      (value, i) => value + shift.data[i % 32]!,
    );
    expect(run.get(output)!.data).toBeNear(expected, 1e-5);
  });

  it('reads the residual stream where its transcoder does', async () => {
    const transcoders = (await lab.open('layer2-mid.pt')).only([2]);
    const model = withReplacement(lab.backbone, { transcoders });
    const record = ['blocks.2.hook_resid_mid', 'blocks.2.hook_mlp_out'];
    const run = await model.run(golden.replacement.tokens, { record });
    const transcoder = await transcoders.at(2);
    const expected = await transcoder.reconstruct(run.get(record[0]!)!.data);
    expect(run.get(record[1]!)!.data).toBeNear(expected, 1e-6);
  });

  it('refuses layers that are named twice or do not exist', () => {
    const { backbone, transcoders } = lab;
    for (const replacement of [
      { transcoders, zeroed: [2] },
      { zeroed: [1, 1] },
      { zeroed: [4] },
      { zeroed: [-1] },
      { zeroed: [0.5] },
    ]) {
      expect(() => replacementInterventions(backbone, replacement)).toThrow(UserError);
    }
  });
});

describe('the table of a replacement', () => {
  it('holds the losses of the original, over batches', async () => {
    const { tokens, clean, replaced, zeroed, middle } = golden.replacement;
    const { backbone, transcoders } = lab;
    const batches = [tokens.slice(0, 2), tokens.slice(2)];
    const layers = [
      [0, 1, 2, 3],
      [1, 2],
    ];
    const seen: number[] = [];
    const table = await measureReplacement(batches, {
      backbone,
      transcoders,
      layers,
      onBatch: (contexts) => seen.push(contexts),
    });
    expect(seen).toEqual([2, 3]);
    expect(table).toMatchObject({ nContexts: 5, nPredicted: 55 });
    const [all, some] = table.rows;
    expect(all!.layers).toEqual(layers[0]);
    const numbers = [table.clean, all!.replaced.loss, all!.zeroed.loss, some!.replaced.loss];
    expect(numbers).toBeClose([clean.loss, replaced.loss, zeroed.loss, middle.loss]);
    expect([all!.replaced.divergence, all!.zeroed.divergence]).toBeClose([
      replaced.divergence,
      zeroed.divergence,
    ]);
    const share = (zeroed.loss - replaced.loss) / (zeroed.loss - clean.loss);
    expect([all!.recovered]).toBeClose([share], { relative: 1e-3 });
  });
});
