// What a person can get wrong with a run: one clear sentence each, and the model stays usable.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LanguageWorkshop, languageWorkshop } from '../../../test/helpers/language.ts';
import { UserError } from '../../base/errors.ts';
import type { Tensor } from '../types.ts';
import type {
  GenerateOptions,
  Intervention,
  LanguageBackbone,
  RecordOptions,
  Tokens,
} from './types.ts';

let workshop: LanguageWorkshop;
let gpt2: LanguageBackbone;
beforeAll(async () => {
  workshop = await languageWorkshop();
  gpt2 = await workshop.open('gpt2');
});
afterAll(() => workshop.close());

const TOKENS = [[1, 2, 3, 4]];
const POINT = 'blocks.1.hook_resid_pre';
const filled = (...shape: number[]): Tensor => ({
  data: new Float32Array(shape.reduce((a, b) => a * b, 1)),
  shape,
});

async function refused(work: Promise<unknown>, message: RegExp, hint?: RegExp): Promise<void> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).message).toMatch(message);
  if (hint !== undefined) expect((error as UserError).hint).toMatch(hint);
}

describe('tokens', () => {
  it.each<[string, Tokens, RegExp]>([
    ['no sequence', [], /the batch has no sequence/],
    ['an empty prompt', [[]], /sequence 0 of the batch is empty/],
    ['an empty prompt beside others', [[1], []], /sequence 1 of the batch is empty/],
    [
      'a prompt longer than the context',
      [new Array(21).fill(1)],
      /prompt of 21 tokens .* context of 20/,
    ],
    [
      'an id beyond the vocabulary',
      [[1, 41]],
      /invalid token 41 at position 1 of sequence 0: .* 0 to 40/,
    ],
    ['a negative id', [[-1]], /invalid token -1/],
    ['a fraction', [[1.5]], /invalid token 1.5/],
    ['not a number', [[Number.NaN]], /invalid token NaN/],
    ['sequences of several lengths', [[1, 2], [1]], /have from 1 to 2 tokens/],
  ])('%s', async (_, tokens, message) => {
    await refused(gpt2.logits(tokens), message);
    await refused(gpt2.run(tokens, { record: [POINT] }), message);
    await refused(gpt2.generate(tokens, { maxNewTokens: 1 }), message);
  });

  it('of one position have no loss', () => refused(gpt2.loss([[1]]), /one token has no next one/));
});

describe('recording', () => {
  const run = (options: RecordOptions): Promise<unknown> => gpt2.run(TOKENS, options);

  it('unknown points is answered with the nearest', async () => {
    await refused(
      run({ record: ['blocks.1.hook_resid_pst'] }),
      /unknown hook point: 'blocks.1.hook_resid_pst'/,
      /blocks.1.hook_resid_post/,
    );
    await refused(run({ record: ['blocks.2.hook_resid_pre'] }), /unknown hook point/);
    await refused(run({ record: ['first_logits'] }), /unknown hook point: 'first_logits'/);
  });

  it('logits of the last position alone are those of all, at the end', async () => {
    const { data } = (await gpt2.run(TOKENS, { record: ['logits'] })).get('logits')!;
    const last = (await gpt2.run(TOKENS, { record: ['last_logits'] })).get('last_logits')!;
    expect(last.data).toBeNear(data.subarray(-last.data.length), 1e-6);
  });

  it('behind the layer where the run stops is refused, by a test of names left out', async () => {
    await refused(
      run({ record: [POINT], stopAtLayer: 1 }),
      /'blocks.1.hook_resid_pre' is not reached: the run stops at layer 1/,
    );
    await refused(run({ record: ['logits'], stopAtLayer: -1 }), /'logits' is not reached/);
    await refused(run({ record: [POINT], stopAtLayer: 3 }), /invalid stopAtLayer: 3/);
    await refused(run({ record: [POINT], stopAtLayer: -3 }), /invalid stopAtLayer: -3/);
    const stopped = await gpt2.run(TOKENS, { record: () => true, stopAtLayer: 1 });
    expect([...stopped.keys()].filter((name) => !name.startsWith('blocks.0'))).toEqual([
      'hook_embed',
      'hook_pos_embed',
    ]);
    expect(await gpt2.run(TOKENS, { record: () => false })).toEqual(new Map());
  });
});

describe('interventions', () => {
  const doing = (...interventions: Intervention[]): Promise<unknown> =>
    gpt2.logits(TOKENS, { interventions });

  it('at unknown points, or at results', async () => {
    await refused(
      doing({ point: 'blocks.0.hook', add: filled(1) }),
      /unknown hook point: 'blocks.0.hook'/,
    );
    await refused(doing({ point: 'logits', add: filled(1) }), /unknown hook point: 'logits'/);
    await refused(doing({ point: 'loss', add: filled(1) }), /unknown hook point: 'loss'/);
  });

  it.each<[string, Intervention, RegExp]>([
    [
      'of another width',
      { point: POINT, replace: filled(15) },
      /\[15\] does not broadcast to \[1, 4, 16\]/,
    ],
    [
      'of another length',
      { point: POINT, replace: filled(1, 3, 16) },
      /\[1, 3, 16\] is for 3 positions, the prompt has 4/,
    ],
    [
      'of another batch',
      { point: POINT, add: filled(2, 4, 16) },
      /\[2, 4, 16\] does not broadcast to \[1, 4, 16\]/,
    ],
    ['with too many axes', { point: POINT, add: filled(1, 1, 4, 16) }, /does not broadcast/],
    [
      'of another number of positions',
      { point: POINT, replace: filled(1, 3, 16), positions: [0, 1] },
      /\[1, 3, 16\] does not broadcast to \[1, 2, 16\]/,
    ],
    [
      'whose elements do not fill their shape',
      { point: POINT, replace: { data: new Float32Array(15), shape: [16] } },
      /15 elements do not fill \[16\]/,
    ],
    ['of no elements', { point: POINT, add: filled(0) }, /0 elements do not fill \[0\]/],
    [
      'at a position behind the prompt',
      { point: POINT, add: filled(1), positions: [4] },
      /invalid position 4 .* there are 4/,
    ],
    ['before the prompt', { point: POINT, add: filled(1), positions: [-5] }, /invalid position -5/],
    [
      'at a fraction of a position',
      { point: POINT, add: filled(1), positions: [0.5] },
      /invalid position 0.5/,
    ],
    [
      'whose function gives another shape',
      { point: POINT, apply: () => filled(1, 4, 15) },
      /invalid result of a function at 'blocks.1.hook_resid_pre': \[1, 4, 15\], expected \[1, 4, 16\]/,
    ],
  ])('%s', (_, intervention, message) => refused(doing(intervention), message));

  it('whose function fails pass the failure on', async () => {
    const apply = (): Tensor => {
      throw new Error('no idea');
    };
    await expect(doing({ point: POINT, apply })).rejects.toThrow('no idea');
  });

  it("at a norm and at one head's input of the same block are refused", () =>
    refused(
      doing(
        { point: 'blocks.1.ln1.hook_normalized', add: filled(1) },
        { point: 'blocks.1.hook_q_input', add: filled(1) },
      ),
      /unsupported interventions: 'blocks.1.ln1.hook_normalized' and 'blocks.1.hook_q_input'/,
    ));
});

describe('generating', () => {
  it.each<[Partial<GenerateOptions>, RegExp]>([
    [{ maxNewTokens: 0 }, /invalid maxNewTokens: 0/],
    [{ maxNewTokens: 17 }, /prompt of 4 tokens and 17 new ones are more than the context of 20/],
    [{ maxNewTokens: 1.5 }, /invalid maxNewTokens/],
    [{ temperature: -1 }, /invalid temperature: -1/],
    [{ temperature: Number.NaN }, /invalid temperature/],
    [{ topK: 0 }, /invalid topK: 0/],
    [{ topP: 0 }, /invalid topP: 0/],
    [{ topP: 1.1 }, /invalid topP: 1.1/],
    [{ stopTokens: [41] }, /invalid stop token 41/],
  ])('%j', (options, message) =>
    refused(gpt2.generate(TOKENS, { maxNewTokens: 2, ...options }), message),
  );
});

describe('afterwards', () => {
  it('the model still runs, and up to its whole context', async () => {
    const logits = await gpt2.logits([new Array(20).fill(3)]);
    expect(logits.shape).toEqual([1, 20, 41]);
    expect(logits.data.every(Number.isFinite)).toBe(true);
    const rows = await gpt2.generate(TOKENS, { maxNewTokens: 16 });
    expect(rows[0]!.length).toBe(20);
  });

  it('a run that was given up rejects, and the next one runs', async () => {
    const stop = new AbortController();
    const running = gpt2.logits(TOKENS, { signal: stop.signal });
    stop.abort();
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
    expect((await gpt2.logits(TOKENS)).shape).toEqual([1, 4, 41]);
  });

  it('a closed model does not run', async () => {
    const closed = await workshop.open('gelu');
    await closed.logits(TOKENS);
    await closed.close();
    await expect(closed.logits(TOKENS)).rejects.toThrow('closed');
  });
});
