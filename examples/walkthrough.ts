// The walkthrough of transcoder-circuits, step by step: from a prompt to features, paths, a graph and its errors.
//
//   npx tsx examples/walkthrough.ts runs/*
//   npx tsx examples/walkthrough.ts hf-hub:pchlenski/gpt2-transcoders/…blocks.{layer}.ln2….pt --layer 8 --prompt "Oh, that rifle model is a 6M"
import { parseArgs } from 'node:util';
import { openCoder, openLanguageModel, openTexts } from 'saev';
import { deembed, extremes, featureScores, firingFrequency, pullback } from 'saev/analysis';
import * as circuits from 'saev/circuits';
import { readContexts } from 'saev/data';

const { values: options, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    model: { type: 'string', default: 'world-gpt2' },
    prompt: { type: 'string', default: 'Today the dogs near the old tower' },
    layer: { type: 'string', default: '2' },
    feature: { type: 'string' },
    infix: { type: 'string', multiple: true },
    suffix: { type: 'string', multiple: true },
    out: { type: 'string', default: 'walkthrough' },
  },
});
const layer = Number(options.layer);
const model = await openLanguageModel(options.model);
const { tokenizer } = model;
const transcoders = await circuits.openTranscoders(names, { backbone: model });
const tokens = [...tokenizer.encode(options.prompt)];
const prompt = await circuits.openCircuitPrompt(tokens, { backbone: model, transcoders });
const number = (value: number): string => value.toFixed(3);
const word = (token: number): string => JSON.stringify(tokenizer.tokenStrings([token])[0]);

// Which features of a layer fire at the last token.
const transcoder = await transcoders.at(layer);
const codesAt = async (at: number): Promise<Float32Array> => {
  const { codes } = await prompt.codes(at);
  const row = new Float32Array(codes.columns);
  for (let p = codes.rowStart[tokens.length - 1]!; p < codes.rowStart[tokens.length]!; p++)
    row[codes.index[p]!] = codes.value[p]!;
  return row;
};
const strongest = extremes(await codesAt(layer), 5).top;
for (const { index, value } of strongest)
  console.log(`top feature ${layer}/${index}: ${number(value)}`);
const feature = Number(options.feature ?? strongest[0]!.index);

// What transcoders in place of MLPs cost: all of them, all but the first and the last, and zeros.
const texts = await openTexts({ type: 'text-world', seed: 7, nDocuments: 60 });
const contexts: Int32Array[] = [];
const packing = { kind: 'concatenated', contextSize: 32 } as const;
for await (const context of readContexts(texts, tokenizer, { packing, contextSize: 32 }))
  if (contexts.push(context.tokens) === 16) break;
const layers = [transcoders.layers, transcoders.layers.slice(1, -1)];
const table = await circuits.measureReplacement([contexts], {
  backbone: model,
  transcoders,
  layers,
});
console.log(`loss ${number(table.clean)}`);
for (const { layers, replaced, zeroed } of table.rows)
  console.log(
    `loss ${number(replaced.loss)} with layers ${layers} replaced, KL ${number(replaced.divergence)}; ${number(zeroed.loss)} zeroed`,
  );

// How strongly the feature fires on texts of one's own, and with the MLPs below replaced.
await using coder = await openCoder(transcoder.name);
const below = transcoders.only(transcoders.layers.filter((each) => each < layer));
for (const [what, backbone] of [
  ['as it is', model],
  ['MLPs below replaced', circuits.withReplacement(model, { transcoders: below })],
] as const) {
  const site = { backbone, coder, point: transcoder.input };
  const [scores] = await featureScores(site, [tokens], [feature]);
  const values = [...scores!.values].map((value) => value.toFixed(1)).join(' ');
  console.log(
    `scores of ${layer}/${feature}, ${what}: ${values}; fires on ${(100 * firingFrequency(scores!)).toFixed(0)} %`,
  );
}

// The raw paths that lead to the feature, as the original prints them.
const root = circuits.coderFeature(transcoder, feature);
const levels = await circuits.topPaths(prompt, root, { iterations: 3, branches: 10, raw: true });
for (const line of circuits.printedPaths(levels)) console.log(line);

// Some of them: by head, by layer, by the token that they come from, by the feature below that gives most; or one's own.
const givers = circuits.topFeaturesOfPaths(levels.flat(), { layers: [layer - 1] });
const giver = givers
  .map(({ components }) => components.at(-1))
  .find((each) => each?.featureType === 'tc');
const patterns = [
  { what: 'through a head', infix: ['type=attn'] },
  { what: `ending in layer ${layer - 1}`, suffix: [`type=mlp,layer=${layer - 1}`] },
  { what: 'from an earlier token', suffix: [`token!=${tokens.length - 1}`] },
  ...(giver
    ? [{ what: 'through one feature', infix: [`layer=${giver.layer},feature=${giver.feature}`] }]
    : []),
  { what: 'as asked', infix: options.infix, suffix: options.suffix },
];
for (const { what, ...steps } of patterns) {
  const pattern = {
    ...(steps.infix && { infix: steps.infix.map(circuits.parseFilter) }),
    ...(steps.suffix && { suffix: steps.suffix.map(circuits.parseFilter) }),
  };
  const filtered = circuits.pathsThatMatch(levels.flat(), pattern);
  for (const line of circuits.printedPaths(filtered).slice(0, 5)) console.log(`${what}, ${line}`);
}

// What a path's last direction reads: tokens, and the features of an earlier layer on this prompt.
const end = levels[0]![0]!.at(-1)!;
const embedded = await deembed(model.matrices, end.vector!);
for (const { index, value } of extremes(embedded, 5).top)
  console.log(
    `${circuits.featureName(end, { full: false })} reads ${word(index)} ${number(value)}`,
  );
const earlier = await transcoders.at(0);
const codes = await codesAt(0);
const scaledRoot = levels[0]![0]![0]!.vector!;
for (const { index, value } of extremes(await pullback(earlier, scaledRoot, { codes }), 3).top)
  console.log(`pulled back to 0/${index}: ${number(value)}`);

// All paths as one graph, with what they leave out; with positions summed; and as a page.
const graph = await circuits.withErrorNodes(prompt, circuits.graphOfPaths(levels.flat()));
for (const line of circuits.printedGraph(graph)) console.log(line);
const summed = circuits.contributionsInGraph(circuits.sumOverTokens(graph));
console.log(`${graph.nodes.size} nodes, ${summed.size} without positions`);
const of = { backbone: model, transcoders, tokenizer };
const about = await circuits.promptNames(options.prompt, tokens, of);
const drawn = await circuits.graphOfRoots(prompt, [{ graph }], about);
const { prompt: text, out } = options;
for (const file of await circuits.writeCircuitFiles(out, drawn, {
  prompt: text,
  mode: 'compatible',
}))
  console.log(file);

// Which features of the layer below give it most, over many texts and at their last tokens.
const writer = await transcoders.at(layer - 1);
const reader = { transcoder, feature };
const means = { backbone: model, transcoder: writer };
const everywhere = await circuits.meanInputTimesGradient(contexts, reader, means);
const places = contexts.map((_, i) => ({ text: i, position: 31 }));
const { mean, frequency } = await circuits.inputTimesGradientAt(contexts, places, reader, means);
for (const { index, value } of extremes(everywhere, 3).top)
  console.log(
    `mean from ${layer - 1}/${index}: ${number(value)}; at last tokens ${number(mean[index]!)}, in ${(100 * frequency[index]!).toFixed(0)} % of them`,
  );

await transcoders.close();
await model.close();
