// Switch each attention head of a language model off in turn, and see which of them a prediction needs.
//
//   npx tsx examples/heads.ts "The war lasted from 1735 to 17" 40 20
//   npx tsx examples/heads.ts "Today, the bag held ( a cup [ a coin" " ]" " )" --model world-gpt2
import { parseArgs } from 'node:util';
import { openLanguageModel } from 'saev';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { model: { type: 'string', default: 'gpt2' }, show: { type: 'string', default: '5' } },
});
const [prompt = 'The war lasted from 1735 to 17', right = '40', wrong = '20'] = positionals;

const model = await openLanguageModel(options.model);
const { tokenizer } = model;
const tokens = tokenizer.encode(prompt);
const [more, less] = [tokenizer.singleToken(right), tokenizer.singleToken(wrong)];

/** `logit(right) − logit(wrong)` behind the prompt, with a head silenced. */
async function lead(off?: { layer: number; head: number }): Promise<number> {
  const { nHeads, dHead } = model.config;
  const interventions = off && [
    {
      point: `blocks.${off.layer}.attn.hook_z`,
      // What every head has gathered: [batch, positions, nHeads, dHead].
      apply: (z: { data: Float32Array; shape: readonly number[] }) => {
        for (let row = off.head * dHead; row < z.data.length; row += nHeads * dHead)
          z.data.fill(0, row, row + dHead);
        return z;
      },
    },
  ];
  const { data, shape } = await model.logits([tokens], { interventions });
  const last = data.length - shape[2]!;
  return data[last + more]! - data[last + less]!;
}

const clean = await lead();
console.log(`${JSON.stringify(right)} leads ${JSON.stringify(wrong)} by ${clean.toFixed(3)}`);
const falls: { head: string; fall: number }[] = [];
for (let layer = 0; layer < model.config.nLayers; layer++) {
  for (let head = 0; head < model.config.nHeads; head++)
    falls.push({ head: `${layer}.${head}`, fall: clean - (await lead({ layer, head })) });
}
falls.sort((a, b) => Math.abs(b.fall) - Math.abs(a.fall));
for (const { head, fall } of falls.slice(0, Number(options.show)))
  console.log(`without head ${head} ${(clean - fall).toFixed(3)}`);
await model.close();
