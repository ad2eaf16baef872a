import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CIRCUIT_FIXTURES,
  type CircuitGolden,
  type CircuitWorkshop,
  circuitGolden,
  circuitWorkshop,
} from '../../../test/helpers/circuits.ts';
import { inTemporaryFolder } from '../../../test/helpers/folders.ts';
import { PUBLISHED_CONTEXT, writePublishedCoder } from '../../../test/helpers/published-coder.ts';
import { UserError } from '../../base/errors.ts';
import type { Context } from '../../data/texts/packing/context.ts';
import { ReplacementConfig, type ReplacementConfigInput } from './config.ts';
import { chosenContexts } from './contexts.ts';
import { parseLayerSets } from './layer-sets.ts';
import { recoveredShare } from './measure.ts';
import { replace } from './replace.ts';
import { tableLines } from './table.ts';

let golden: CircuitGolden;
let lab: CircuitWorkshop;
let usual: ReplacementConfigInput;

beforeAll(async () => {
  golden = await circuitGolden();
  lab = await circuitWorkshop();
  const { folder } = lab.workshop;
  const tokenizer = join(folder, 'tokenizer.json');
  await writeFile(tokenizer, JSON.stringify(smallTokenizer()));
  const root = join(folder, 'texts.jsonl');
  const rows = golden.replacement.tokens.map((tokens) => JSON.stringify({ tokens }));
  await writeFile(root, `${rows.join('\n')}\n`);
  await writeFile(join(folder, 'short.jsonl'), `${JSON.stringify({ tokens: [1, 2, 3] })}\n`);
  usual = {
    model: join(CIRCUIT_FIXTURES, 'model'),
    tokenizer,
    texts: { type: 'text-files', root },
    transcoders: [0, 1, 2, 3].map((layer) => join(CIRCUIT_FIXTURES, `layer${layer}.pt`)),
    contextSize: 13,
    nContexts: 4,
    batchContexts: 3,
    prependBos: false,
    threads: 1,
  };
});
afterAll(() => lab.close());

/** A byte-level BPE with as many tokens as the model of the fixtures. */
function smallTokenizer(): unknown {
  const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz01234567'];
  const vocab = Object.fromEntries([['<|endoftext|>', 0], ...letters.map((c, i) => [c, i + 1])]);
  return {
    added_tokens: [{ id: 0, content: '<|endoftext|>', special: true }],
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false },
    decoder: { type: 'ByteLevel' },
    model: { type: 'BPE', vocab, merges: [] },
  };
}

const measured = async (changes: Partial<ReplacementConfigInput> = {}, signal?: AbortSignal) =>
  replace(ReplacementConfig.parse({ ...usual, ...changes }), signal ? { signal } : {});

describe('measuring a replacement', () => {
  it('takes model, texts and contexts of the training where none are named', () =>
    inTemporaryFolder(async (folder) => {
      const transcoders = [await writePublishedCoder(folder)];
      const config = ReplacementConfig.parse({ transcoders, nContexts: 2, threads: 1 });
      expect(await replace(config)).toMatchObject({
        model: 'world-gpt2',
        texts: join(folder, 'texts.txt'),
        contextSize: PUBLISHED_CONTEXT,
        nContexts: 2,
      });
      expect(await replace({ ...config, contextSize: 6 })).toMatchObject({ contextSize: 6 });
    }));

  it('runs the contexts of the texts through the model with its transcoders', async () => {
    const summary = await measured({ layers: [2, 1], packing: 'concatenated' });
    expect(summary).toMatchObject({ nContexts: 4, contextSize: 13, nPredicted: 48 });
    expect(summary.rows.map(({ layers }) => layers)).toEqual([
      [0, 1, 2, 3],
      [1, 2],
    ]);
    // Texts of twelve tokens, each followed by end-of-text, fill contexts of thirteen.
    const contexts = golden.replacement.tokens.slice(0, 4).map((row) => [...row, 0]);
    const { mean } = await lab.backbone.loss(contexts);
    expect([summary.clean]).toBeClose([mean]);
    expect(summary.rows[0]!.replaced.divergence).toBeGreaterThan(0.1);
    const [head, , all, some] = tableLines(summary);
    expect(head).toContain(`loss ${mean.toFixed(4)}`);
    expect(all).toMatch(/^ {2}0-3 .*%/);
    // Silencing these two helps the fixture's model.
    expect(some).toMatch(/^ {2}1-2 .* undefined /);
  });

  it('measures several sets of layers', async () => {
    const { rows } = await measured({ layers: ['0-2', '1-2', '0,3'] });
    expect(rows.map(({ layers }) => layers)).toEqual([
      [0, 1, 2, 3],
      [0, 1, 2],
      [1, 2],
      [0, 3],
    ]);
  });

  it('measures coders by themselves, an SAE beside transcoders', async () => {
    const [sae, tc] = [join(CIRCUIT_FIXTURES, 'resid2.pt'), join(CIRCUIT_FIXTURES, 'layer1.pt')];
    const packing = 'concatenated';
    const summary = await measured({ packing, transcoders: [], coders: [sae, tc] });
    expect(summary.rows).toEqual([]);
    const [ofSae, ofTranscoder] = summary.coders!;
    expect(ofSae).toMatchObject({ name: sae, kind: 'SAE', output: 'blocks.2.hook_resid_pre' });
    expect(ofTranscoder).toMatchObject({ kind: 'transcoder', output: 'blocks.1.hook_mlp_out' });
    // The same as a set of one layer.
    const { rows } = await measured({ packing, layers: [1] });
    const { replaced, zeroed } = rows[1]!;
    expect([ofTranscoder!.replaced.loss, ofTranscoder!.replaced.divergence]).toBeClose([
      replaced.loss,
      replaced.divergence,
    ]);
    expect([ofTranscoder!.zeroed.loss]).toBeClose([zeroed.loss]);
    const contexts = golden.replacement.tokens.slice(0, 4).map((row) => [...row, 0]);
    const point = 'blocks.1.ln2.hook_normalized';
    const run = await lab.backbone.run(contexts, { record: [point] });
    const codes = await (await lab.transcoders.at(1)).encode(run.get(point)!.data);
    expect(ofTranscoder!.l0).toBeCloseTo(codes.index.length / (4 * 13), 10);
    const text = tableLines(summary).join('\n');
    expect(text).toContain('each by itself');
    expect(text).toMatch(/SAE, blocks\.2\.hook_resid_pre +\d+\.\d /);
  });

  it('draws contexts with a seed, the same at every call', async () => {
    async function* contexts() {
      for (let i = 0; i < 50; i++) yield { tokens: Int32Array.of(i, i), length: i === 3 ? 1 : 2 };
    }
    const chosen = async (shuffleSeed?: number): Promise<number[]> => {
      const choice = { nContexts: 5, batchContexts: 2, shuffleSeed };
      const batches = await chosenContexts(contexts() as AsyncIterable<Context>, choice);
      expect(batches.map((batch) => batch.length)).toEqual([2, 2, 1]);
      return batches.flat().map(([first]) => first!);
    };
    expect(await chosen()).toEqual([0, 1, 2, 4, 5]);
    const [one, again, other] = [await chosen(42), await chosen(42), await chosen(7)];
    expect(one).toEqual(again);
    expect(one).not.toEqual(other);
    expect(new Set(one).size).toBe(5);
    expect(Math.max(...one)).toBeGreaterThan(5);
  });

  it.each([['5-1'], ['x'], ['1-'], ['-1'], ['1..3']])('refuses the layers %j', (text) => {
    expect(() => parseLayerSets([text])).toThrow(UserError);
  });

  it('takes what there is where texts hold fewer contexts', async () => {
    expect((await measured({ nContexts: 50 })).nContexts).toBeLessThanOrEqual(5);
  });

  it.each<[string, Partial<ReplacementConfigInput>]>([
    ['a layer without transcoder', { layers: [7] }],
    ['contexts longer than the model takes', { contextSize: 25 }],
    ['an SAE', { transcoders: [join(CIRCUIT_FIXTURES, 'resid2.pt')] }],
    ['an unknown model', { model: 'no-such-model' }],
    ['a missing text file', { texts: { type: 'text-files', root: 'no-such-file.txt' } }],
  ])('refuses %s', async (_, changes) => {
    await expect(measured(changes)).rejects.toThrow(UserError);
  });

  it('refuses texts too short for one context', async () => {
    const root = join(lab.workshop.folder, 'short.jsonl');
    const given = measured({ contextSize: 24, texts: { type: 'text-files', root } });
    await expect(given).rejects.toThrow('missing contexts');
  });

  it('refuses to measure nothing', () => {
    expect(() => ReplacementConfig.parse({ ...usual, transcoders: [] })).toThrow(
      /nothing to measure/,
    );
  });

  it('stops when it is told to', async () => {
    const reason = new Error('stopped');
    await expect(measured({}, AbortSignal.abort(reason))).rejects.toThrow(reason);
  });
});

describe('a share of nothing', () => {
  it('is undefined where zeros do not raise the loss', () => {
    const zeroed = { loss: 2.9, divergence: 0.5 };
    expect(recoveredShare(3, { loss: 3.1, divergence: 0.2 }, zeroed)).toBeNull();
    expect(recoveredShare(2.9, { loss: 2.8, divergence: 0.2 }, zeroed)).toBeNull();
    expect(recoveredShare(2, { loss: 1.9, divergence: 0.2 }, zeroed)).toBeCloseTo(10 / 9);
    const row = { replaced: { loss: 3.1, divergence: 0.2 }, zeroed, recovered: null };
    const table = { model: 'm', texts: 't', nContexts: 1, contextSize: 8, nPredicted: 7, clean: 3 };
    const lines = tableLines({ ...table, rows: [{ layers: [0], ...row }] });
    expect(lines[2]).toContain(' undefined ');
    expect(lines.at(-1)).toContain('zeros do not raise the loss');
    expect(tableLines({ ...table, rows: [{ layers: [0], ...row, recovered: 0.5 }] })).toHaveLength(
      3,
    );
  });
});
