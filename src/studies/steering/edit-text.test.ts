// Edits of a text against interventions written by hand, autoencoders and transcoders alike.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type LanguageModel, openLanguageModel } from '../../backbones/language/open.ts';
import type { Intervention } from '../../backbones/language/types.ts';
import { Random } from '../../base/random.ts';
import { referenceKernels } from '../../compute/kernels/reference/kernels.ts';
import type { EditSection } from '../../pages/edit.ts';
import type { CoderConfig } from '../../sae/coder.ts';
import { type Coder, openCoder } from '../../sae/open-coder.ts';
import { codeOf } from '../editing/change-codes.ts';
import { editText } from './edit-text.ts';
import type { EditableTexts } from './editable.ts';

const [D, DSAE] = [128, 64];
const OPTIONS = { newTokens: 6, seed: 0, temperature: 0 };
const CHANGES = [
  { latent: 5, value: 9 },
  { latent: 11, value: 0 },
];

let backbone: LanguageModel;
let tokens: Int32Array;
const coders: Coder[] = [];

beforeAll(async () => {
  backbone = await openLanguageModel('world-gpt2', { threads: 1 });
  tokens = backbone.tokenizer.encode('the old king of the north');
});

afterAll(async () => {
  for (const coder of coders) await coder.close();
  await backbone.close();
});

async function editableAt(input: string, output = input): Promise<EditableTexts> {
  const random = new Random(3, input);
  const normal = (n: number, scale: number): Float32Array =>
    Float32Array.from({ length: n }, () => scale * random.normal());
  const config: CoderConfig = {
    dIn: D,
    dOut: D,
    dSae: DSAE,
    activation: { kind: 'relu' },
    subtractDecoderBias: false,
    place: { input, output },
    ...(input === output && { normalization: { scale: 2 } }),
    metadata: {},
  };
  const weights = {
    wEnc: normal(DSAE * D, 1 / Math.sqrt(D)),
    bEnc: normal(DSAE, 0.1),
    wDec: normal(DSAE * D, 0.1),
    bDec: normal(D, 0.1),
  };
  const coder = await openCoder({ config, weights }, { kernels: referenceKernels() });
  coders.push(coder);
  return { modality: 'text', name: 'coder', backbone, coder, input, output, prependBos: true };
}

const sectionOf = <Kind extends EditSection['kind']>(
  sections: readonly EditSection[],
  kind: Kind,
) => sections.find((each) => each.kind === kind) as Extract<EditSection, { kind: Kind }>;

/** Interventions that add `Σ (f′ − f) W_dec` at every position but the first, written down plainly. */
async function byHand(editable: EditableTexts): Promise<Intervention[]> {
  const { input, output, coder } = editable;
  const scale = coder.config.normalization?.scale ?? 1;
  let deltas = new Float32Array();
  const read: Intervention = {
    point: input,
    async apply(value, { positions }) {
      const codes = await coder.encode(Float32Array.from(value.data));
      deltas = new Float32Array(value.data.length);
      for (const [row, position] of positions.entries()) {
        if (position === 0) continue;
        for (const { latent, value: wanted } of CHANGES)
          for (let j = 0; j < D; j++)
            deltas[row * D + j]! +=
              scale * (wanted - codeOf(codes, row, latent)) * coder.weights.wDec[latent * D + j]!;
      }
      return value;
    },
  };
  const write: Intervention = {
    point: output,
    apply: ({ data, shape }) => ({ data: data.map((x, i) => x + deltas[i]!), shape }),
  };
  return [read, write];
}

const PLACES: [string, string?][] = [
  ['blocks.1.hook_resid_post'],
  ['blocks.1.ln2.hook_normalized', 'blocks.1.hook_mlp_out'],
];

it.each(PLACES)('edits at %s as interventions by hand do', async (input, output) => {
  const editable = await editableAt(input, output);
  const { sections, nEdited, nTokens, reasons } = await editText(editable, tokens, {
    changes: CHANGES,
    ...OPTIONS,
  });
  const interventions = await byHand(editable);
  expect([nTokens, nEdited, reasons]).toEqual([tokens.length, tokens.length - 1, []]);
  const loss = sectionOf(sections, 'loss');
  const [clean, edited] = [
    await backbone.loss([tokens]),
    await backbone.loss([tokens], { interventions }),
  ];
  expect(loss.before).toBeCloseTo(clean.mean, 5);
  expect(loss.after).toBeCloseTo(edited.mean, 4);
  expect(Math.abs(loss.after - loss.before)).toBeGreaterThan(1e-3);
  const next = sectionOf(sections, 'next-tokens').tokens;
  const logits = (await backbone.logits([tokens], { interventions })).data.slice(
    -backbone.config.dVocab,
  );
  const total = logits.reduce((sum, x) => sum + Math.exp(x), 0);
  for (const { token, after } of next)
    expect(after).toBeCloseTo(Math.exp(logits[token]!) / total, 5);
  const told = sectionOf(sections, 'continuation');
  const [row] = await backbone.generate([tokens], {
    maxNewTokens: 6,
    temperature: 0,
    interventions,
  });
  expect(told.after).toEqual(backbone.tokenizer.tokenStrings(row!.slice(tokens.length)));
  const [plain] = await backbone.generate([tokens], { maxNewTokens: 6, temperature: 0 });
  expect(told.before).toEqual(backbone.tokenizer.tokenStrings(plain!.slice(tokens.length)));
});

it('changes nothing where nothing is touched, and only behind what is', async () => {
  const editable = await editableAt('blocks.2.hook_resid_post');
  const untouched = await editText(editable, tokens, { changes: [], ...OPTIONS });
  expect(untouched.nEdited).toBe(0);
  const loss = sectionOf(untouched.sections, 'loss');
  expect(loss.after).toBe(loss.before);
  const told = sectionOf(untouched.sections, 'continuation');
  expect(told.after).toEqual(told.before);
  const last = tokens.length - 1;
  const one = await editText(editable, tokens, { changes: CHANGES, where: [last], ...OPTIONS });
  expect(one.nEdited).toBe(1);
  const { degrees } = sectionOf(one.sections, 'change');
  expect(degrees.slice(0, -1).every((each) => each < 1e-3)).toBe(true);
  expect(degrees.at(-1)).toBeGreaterThan(0.1);
  // The first token is a sign: it is edited only where it is named.
  const first = await editText(editable, tokens, { changes: CHANGES, where: [0], ...OPTIONS });
  expect(sectionOf(first.sections, 'change').degrees[0]).toBeGreaterThan(0.1);
});

it('draws the same tokens from the same seed, and keeps to the context', async () => {
  const editable = await editableAt('blocks.2.hook_resid_post');
  const drawn = async (seed: number) =>
    sectionOf(
      (await editText(editable, tokens, { changes: CHANGES, newTokens: 12, seed, temperature: 2 }))
        .sections,
      'continuation',
    ).after;
  expect(await drawn(1)).toEqual(await drawn(1));
  expect(await drawn(1)).not.toEqual(await drawn(2));
  const { nCtx } = backbone.config;
  const long = Int32Array.from({ length: nCtx - 2 }, (_, i) => tokens[i % tokens.length]!);
  const { reasons } = await editText(editable, long, { changes: [], ...OPTIONS, newTokens: 9 });
  expect(reasons).toEqual([`The text goes on by 2 tokens only: the model's context has ${nCtx}.`]);
  const full = Int32Array.from({ length: nCtx }, (_, i) => tokens[i % tokens.length]!);
  const none = await editText(editable, full, { changes: [], ...OPTIONS });
  expect(none.reasons[0]).toContain('it cannot go on');
});

it('refuses what there is not, in a sentence', async () => {
  const editable = await editableAt('blocks.2.hook_resid_post');
  const run = (options: object) =>
    editText(editable, tokens, { changes: CHANGES, ...OPTIONS, ...options });
  await expect(run({ where: [tokens.length] })).rejects.toThrow('unknown position');
  await expect(run({ changes: [{ latent: DSAE, value: 1 }] })).rejects.toThrow('unknown latent 64');
  await expect(run({ changes: [CHANGES[0], CHANGES[0]] })).rejects.toThrow('changed twice');
  await expect(run({ changes: [{ latent: 1, value: 1e37 }] })).rejects.toThrow(
    'too large for float32',
  );
});
