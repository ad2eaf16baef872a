// A blind case study, as transcoder-circuits made them: a live feature is drawn, and a person guesses what it answers to
// from circuits alone, without examples of it and without the features of the first layer, which would give words away.
//
//   npx tsx examples/blind-study.ts runs/*                 what there is to guess from
//   npx tsx examples/blind-study.ts runs/* --reveal        and where the feature fires
import { parseArgs } from 'node:util';
import { openCoder, openLanguageModel, openTexts } from 'saev';
import { extremes, promptCodes } from 'saev/analysis';
import { Random } from 'saev/base';
import * as circuits from 'saev/circuits';
import { readContexts } from 'saev/data';

const { values: options, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    model: { type: 'string', default: 'world-gpt2' },
    layer: { type: 'string', default: '2' },
    seed: { type: 'string', default: '1' },
    prompts: { type: 'string', default: '3' },
    reveal: { type: 'boolean', default: false },
  },
});
const layer = Number(options.layer);
const model = await openLanguageModel(options.model);
const { tokenizer } = model;
const transcoders = await circuits.openTranscoders(names, { backbone: model });
const transcoder = await transcoders.at(layer);
await using coder = await openCoder(transcoder.name);

const texts = await openTexts({ type: 'text-world', seed: 3, nDocuments: 200 });
const contexts: Int32Array[] = [];
const packing = { kind: 'concatenated' } as const;
for await (const { tokens } of readContexts(texts, tokenizer, { packing, contextSize: 40 }))
  if (contexts.push(tokens) === 40) break;

// Live features fire somewhere, and not everywhere.
const codes = await promptCodes({ backbone: model, coder, point: transcoder.input }, contexts);
const count = new Uint32Array(coder.dSae);
for (const feature of codes.index) count[feature]!++;
const rows = codes.rowStart.length - 1;
const live = [...count.keys()].filter((i) => count[i]! > 0 && count[i]! < 0.05 * rows);
if (live.length === 0) throw new Error(`no feature of layer ${layer} is live on these texts`);
const feature = new Random(Number(options.seed), 'blind').pick(live);

/** The strongest activations: where they are, `[context, position]`. */
const strengths = new Float32Array(rows);
for (let row = 0; row < rows; row++)
  for (let p = codes.rowStart[row]!; p < codes.rowStart[row + 1]!; p++)
    if (codes.index[p] === feature) strengths[row] = codes.value[p]!;
const strongest = extremes(strengths, Number(options.prompts)).top.filter(({ value }) => value > 0);

// Words are hidden: positions count from the token at which the feature fires, and no feature of layer 0 is shown.
for (const [i, { index: row }] of strongest.entries()) {
  const [context, position] = [Math.floor(row / 40), row % 40];
  const tokens = contexts[context]!.slice(0, position + 1);
  const prompt = await circuits.openCircuitPrompt(tokens, { backbone: model, transcoders });
  const root = circuits.coderFeature(transcoder, feature);
  const levels = await circuits.topPaths(prompt, root, { iterations: 3, branches: 12, raw: true });
  const hidden = [circuits.parseFilter('type=mlp,layer=0')];
  const words = [circuits.parseFilter('type=embed')];
  const unseen = circuits.pathsThatMatch(levels.flat(), { notInfix: hidden });
  const shown = circuits.pathsThatMatch(unseen, { notInfix: words });
  console.log(`prompt ${i + 1}, ${tokens.length} tokens:`);
  for (const path of shown.slice(0, 6)) {
    const relative = path.map((each) => ({
      ...each,
      token: prompt.position(each.token!) - position,
    }));
    console.log(`  ${circuits.pathText(relative.slice(1))}`);
  }
}
if (options.reveal) {
  console.log(
    `it was ${layer}/${feature}, which fires on ${((100 * count[feature]!) / rows).toFixed(2)} % of tokens:`,
  );
  for (const { index: row, value } of strongest) {
    const text = tokenizer.tokenStrings(contexts[Math.floor(row / 40)]!.slice(0, (row % 40) + 1));
    console.log(`  ${value.toFixed(2)}  …${text.slice(-12, -1).join('')}[${text.at(-1)}]`);
  }
} else console.log('what does it answer to? --reveal shows where it fires');
await transcoders.close();
await model.close();
