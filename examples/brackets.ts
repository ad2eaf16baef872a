// A feature that knows of a bracket that is still open, after the case study of citations: what it reads, through which
// heads, and which token its paths end in.
//
//   npx tsx examples/brackets.ts runs/*
import { parseArgs } from 'node:util';
import { openCoder, openLanguageModel } from 'saev';
import { deembed, extremes, featureHeads, featureScores } from 'saev/analysis';
import * as circuits from 'saev/circuits';

const { values: options, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    model: { type: 'string', default: 'world-gpt2' },
    prompt: { type: 'string', default: 'Today, the bag held ( a cup [ a coin' },
    /** The same without what the feature should answer to. */
    without: { type: 'string', default: 'Today, the bag held ( a cup ( a coin' },
    token: { type: 'string', default: ' [' },
    layer: { type: 'string', default: '3' },
  },
});
const layer = Number(options.layer);
const model = await openLanguageModel(options.model);
const { tokenizer, config, matrices } = model;
const transcoders = await circuits.openTranscoders(names, { backbone: model });
const transcoder = await transcoders.at(layer);
await using coder = await openCoder(transcoder.name);
const [tokens, others] = [options.prompt, options.without].map((text) => [
  ...tokenizer.encode(text),
]);
const word = (token: number): string => JSON.stringify(tokenizer.tokenStrings([token])[0]);

// The feature whose last score differs most between the two prompts.
const site = { backbone: model, coder, point: transcoder.input };
const all = [...Array(coder.dSae).keys()];
const last = async (prompt: readonly number[]): Promise<number[]> =>
  (await featureScores(site, [prompt], all)).map(({ values }) => values.at(-1)!);
const [withIt, withoutIt] = [await last(tokens!), await last(others!)];
const [best] = extremes(
  withIt.map((score, i) => score - withoutIt[i]!),
  1,
).top;
const feature = best!.index;
console.log(
  `feature ${layer}/${feature}: ${withIt[feature]!.toFixed(2)}, ${withoutIt[feature]!.toFixed(2)} without ${options.token}`,
);

// Heads that carry most of what it reads, whatever the prompt is, and the tokens behind them.
const [heads] = await featureHeads(coder, matrices, config, {
  features: [feature],
  layers: layer + 1,
  nHeads: 4,
  k: 4,
});
for (const { layer, head, norm, top } of heads!.strongest)
  console.log(
    `head ${layer}.${head}, norm ${norm.toFixed(2)}: ${top.map(({ index }) => word(index)).join(' ')}`,
  );

// Paths on the prompt that end at the token, through at least one head.
const prompt = await circuits.openCircuitPrompt(tokens!, { backbone: model, transcoders });
const root = circuits.coderFeature(transcoder, feature);
const levels = await circuits.topPaths(prompt, root, { iterations: 4, branches: 20, raw: true });
const place = tokens!.lastIndexOf(tokenizer.singleToken(options.token));
const atToken = circuits.pathsThatMatch(levels.flat(), {
  suffix: [circuits.parseFilter(`token=${place}`)],
});
for (const line of circuits.printedPaths(atToken).slice(0, 10)) console.log(line);

// What the paths' last directions read: the token itself should be among the first.
const ends = circuits.topFeaturesOfPaths(atToken, { k: 3 });
for (const end of ends) {
  const { top } = extremes(await deembed(matrices, end.vector!), 4);
  const name = circuits.featureName(end, { full: false });
  console.log(`${name} reads ${top.map(({ index }) => word(index)).join(' ')}`);
}
await transcoders.close();
await model.close();
