// Activation patching, as the case study of "caught" does it: which token's attention and MLPs, and which head's keys and
// values, carry what makes one prompt go on otherwise than another that differs in one word.
//
//   npx tsx examples/patching.ts
//   npx tsx examples/patching.ts "He was caught" "He caught the" --model gpt2
import { parseArgs } from 'node:util';
import { openLanguageModel } from 'saev';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    model: { type: 'string', default: 'world-gpt2' },
    answer: { type: 'string', default: ' Clara' },
    other: { type: 'string', default: ' Rosa' },
  },
});
const [
  text = 'Today, when Rosa and Clara went to the shop, Rosa gave a fan to',
  corrupted = 'Today, when Rosa and Clara went to the shop, Clara gave a fan to',
] = positionals;

type Value = { data: Float32Array; shape: readonly number[] };
const model = await openLanguageModel(options.model);
const { tokenizer, config } = model;
const [clean, other] = [tokenizer.encode(text), tokenizer.encode(corrupted)];
if (clean.length !== other.length) throw new Error('the prompts differ in their number of tokens');
const [right, wrong] = [options.answer, options.other].map((each) => tokenizer.singleToken(each));

const parts = ['hook_attn_out', 'hook_mlp_out', 'attn.hook_k', 'attn.hook_v'];
const points = [...Array(config.nLayers).keys()].flatMap((layer) =>
  parts.map((part) => `blocks.${layer}.${part}`),
);
const kept = await model.run([clean], { record: points });

/** `logit(answer) − logit(other)` behind a prompt, with some values of the clean run put in. */
async function lead(
  prompt: Int32Array,
  patch?: { point: string; from: number; length: number },
): Promise<number> {
  const interventions = patch && [
    {
      point: patch.point,
      apply: (value: Value) => {
        const { data } = kept.get(patch.point)!;
        value.data.set(data.subarray(patch.from, patch.from + patch.length), patch.from);
        return value;
      },
    },
  ];
  const { data } = await model.logits([prompt], { interventions });
  const last = data.length - config.dVocab;
  return data[last + right!]! - data[last + wrong!]!;
}

const [whole, nothing] = [await lead(clean), await lead(other)];
console.log(`clean ${whole.toFixed(2)}`);
console.log(`corrupted ${nothing.toFixed(2)}`);
const restored = (value: number): number => (value - nothing) / (whole - nothing);
const rows: { what: string; share: number }[] = [];

// Attention and MLP outputs of a layer at one token.
const words = tokenizer.tokenStrings(clean);
for (let layer = 0; layer < config.nLayers; layer++) {
  for (const part of ['hook_attn_out', 'hook_mlp_out']) {
    const point = `blocks.${layer}.${part}`;
    for (let position = 0; position < clean.length; position++) {
      const place = { point, from: position * config.dModel, length: config.dModel };
      const share = restored(await lead(other, place));
      rows.push({ what: `${point} at ${position} ${JSON.stringify(words[position])}`, share });
    }
  }
}

// Keys and values of a head, at the tokens where the prompts differ.
const changed = [...clean.keys()].filter((position) => clean[position] !== other[position]);
for (let layer = 0; layer < config.nLayers; layer++) {
  for (let head = 0; head < config.nHeads; head++) {
    for (const part of ['attn.hook_k', 'attn.hook_v']) {
      const point = `blocks.${layer}.${part}`;
      for (const position of changed) {
        const from = (position * config.nHeads + head) * config.dHead;
        const share = restored(await lead(other, { point, from, length: config.dHead }));
        rows.push({ what: `${part.at(-1)} of head ${layer}.${head} at ${position}`, share });
      }
    }
  }
}
rows.sort((a, b) => Math.abs(b.share) - Math.abs(a.share));
for (const { what, share } of rows.slice(0, 12))
  console.log(`${(100 * share).toFixed(0).padStart(5)} %  ${what}`);
await model.close();
