// Generation: against TransformerLens, and that keeping keys and values changes nothing.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type LanguageGolden,
  type LanguageWorkshop,
  languageGolden,
  languageWorkshop,
} from '../../../../test/helpers/language.ts';
import { Random } from '../../../base/random.ts';
import type { GenerateOptions, Intervention, LanguageBackbone } from '../types.ts';
import { sampleToken } from './sampling.ts';

let workshop: LanguageWorkshop;
let golden: LanguageGolden;
let gpt2: LanguageBackbone;
beforeAll(async () => {
  workshop = await languageWorkshop();
  golden = await languageGolden('gpt2');
  gpt2 = await workshop.open('gpt2', { maxSessions: 6 });
});
afterAll(() => workshop.close());

const GREEDY: GenerateOptions = { maxNewTokens: 8, temperature: 0 };
const prompts = (): number[][] => golden.tokens.map((row) => row.slice(0, 3));
const steer = (): Intervention => ({
  point: 'blocks.0.hook_resid_post',
  add: golden.tensor('generate/steer'),
});

describe('greedy generation', () => {
  it("gives TransformerLens' tokens", async () => {
    expect(await gpt2.generate(prompts(), GREEDY)).toEqual(golden.rows('generate/plain'));
  });

  it("gives TransformerLens' tokens with an intervention active", async () => {
    const tokens = await gpt2.generate(prompts(), { ...GREEDY, interventions: [steer()] });
    expect(tokens).toEqual(golden.rows('generate/steered'));
    expect(tokens).not.toEqual(golden.rows('generate/plain'));
  });
});

describe.each(['gpt2', 'neox', 'neox-sequential', 'solu', 'shortformer'])(
  '%s: with and without kept keys and values',
  (name) => {
    it('the same tokens are sampled', async () => {
      const backbone = await workshop.open(name, { maxSessions: 6 });
      const options: GenerateOptions = { maxNewTokens: 9, temperature: 0.8, seed: 3 };
      const [kept, anew] = await Promise.all(
        [true, false].map((useCache) => backbone.generate(prompts(), { ...options, useCache })),
      );
      expect(kept).toEqual(anew);
      expect(kept!.map((row) => row.length)).toEqual([12, 12]);
      expect(kept!.map((row) => row.slice(0, 3))).toEqual(prompts());
    });

    it('the same tokens are sampled from prompts of two lengths, each as if it were alone', async () => {
      const backbone = await workshop.open(name, { maxSessions: 6 });
      const uneven = [golden.tokens[0]!.slice(0, 2), golden.tokens[1]!.slice(0, 5)];
      const options = { maxNewTokens: 5, temperature: 0, padding: 'left' } as const;
      const kept = await backbone.generate(uneven, options);
      expect(await backbone.generate(uneven, { ...options, useCache: false })).toEqual(kept);
      for (const [i, prompt] of uneven.entries())
        expect((await backbone.generate([prompt], options))[0]).toEqual(kept[i]);
    });
  },
);

describe('interventions while generating', () => {
  const interventions = (): Intervention[] => [
    steer(),
    { point: 'blocks.1.hook_attn_out', replace: { data: Float32Array.of(0), shape: [1] } },
    {
      point: 'blocks.1.hook_mlp_out',
      add: { data: new Float32Array(2 * 16).fill(3), shape: [2, 16] },
      positions: [1, 7],
    },
    {
      point: 'blocks.0.attn.hook_pattern',
      apply: ({ data, shape }) => ({ data: data.map((p) => p ** 2), shape }),
    },
  ];

  it('reach the same positions whether or not keys and values are kept', async () => {
    const options = { ...GREEDY, interventions: interventions() };
    const kept = await gpt2.generate(prompts(), options);
    expect(await gpt2.generate(prompts(), { ...options, useCache: false })).toEqual(kept);
    expect(kept).not.toEqual(await gpt2.generate(prompts(), GREEDY));
  });

  it('call functions with the positions of each step', async () => {
    const seen: (readonly number[])[] = [];
    await gpt2.generate([[1, 2, 3]], {
      ...GREEDY,
      maxNewTokens: 3,
      interventions: [
        {
          point: 'blocks.1.hook_resid_pre',
          apply: (value, { positions }) => {
            seen.push(positions);
            return value;
          },
        },
      ],
    });
    expect(seen).toEqual([[0, 1, 2], [3], [4]]);
  });
});

describe('generation', () => {
  it('ends each sequence at its stop token', async () => {
    const plain = await gpt2.generate(prompts(), GREEDY);
    const stop = plain[0]![5]!;
    const rows = await gpt2.generate(prompts(), { ...GREEDY, stopTokens: [stop] });
    for (const [i, row] of rows.entries()) {
      const end = plain[i]!.indexOf(stop, 3);
      expect(row).toEqual(end < 0 ? plain[i] : plain[i]!.slice(0, end + 1));
    }
  });

  it('calls back with every new token, and repeats itself with the same seed only', async () => {
    const called: number[][] = [[], []];
    const options: GenerateOptions = { maxNewTokens: 10, seed: 1 };
    const first = await gpt2.generate(prompts(), {
      ...options,
      onToken: (row, token) => called[row]!.push(token),
    });
    expect(called).toEqual(first.map((row) => row.slice(3)));
    expect(await gpt2.generate(prompts(), options)).toEqual(first);
    expect(await gpt2.generate(prompts(), { ...options, seed: 2 })).not.toEqual(first);
  });
});

describe('sampleToken', () => {
  const logits = Float32Array.of(1, 3, 2, 0, 2.5);
  const shares = (options: Parameters<typeof sampleToken>[1]): number[] => {
    const random = new Random(5);
    const counts = new Array<number>(logits.length).fill(0);
    for (let i = 0; i < 20_000; i++) counts[sampleToken(logits, options, random)]!++;
    return counts.map((count) => count / 20_000);
  };
  const softmax = (values: readonly number[]): number[] => {
    const weights = values.map((value) => Math.exp(value));
    const total = weights.reduce((a, b) => a + b, 0);
    return weights.map((weight) => weight / total);
  };

  it('draws by the softmax of the logits over the temperature', () => {
    for (const temperature of [1, 0.5, 2]) {
      const expected = softmax([...logits].map((logit) => logit / temperature));
      for (const [i, share] of shares({ temperature }).entries())
        expect(Math.abs(share - expected[i]!)).toBeLessThan(0.015);
    }
  });

  it('keeps to the most likely tokens', () => {
    const [, second, third, , fifth] = shares({ topK: 3 });
    expect(second! + third! + fifth!).toBeCloseTo(1, 6);
    // The two largest have 0.46 and 0.28 of the probability.
    expect(shares({ topP: 0.4 })[1]).toBe(1);
    expect(shares({ topP: 0.6 }).map((share) => share > 0)).toEqual([
      false,
      true,
      false,
      false,
      true,
    ]);
    expect(shares({ topP: 1 }).every((share) => share > 0)).toBe(true);
  });

  it('takes the first of the largest at temperature 0', () => {
    expect(sampleToken(Float32Array.of(0, 2, 2), { temperature: 0 }, new Random(0))).toBe(1);
  });
});
