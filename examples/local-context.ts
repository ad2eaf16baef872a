// How far features look, after the case study of local context: what their inputs on a prompt have from the token itself,
// from the tokens just before it, and from further away.
//
//   npx tsx examples/local-context.ts runs/*
import { parseArgs } from 'node:util';
import { openLanguageModel } from 'saev';
import { extremes } from 'saev/analysis';
import * as circuits from 'saev/circuits';

const { values: options, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    model: { type: 'string', default: 'world-gpt2' },
    prompt: {
      type: 'string',
      default:
        'Soon, a tiny red cup and a big white key lay behind the wall. The size of the key was',
    },
    layer: { type: 'string', default: '3' },
    near: { type: 'string', default: '3' },
    show: { type: 'string', default: '8' },
  },
});
const [layer, near] = [Number(options.layer), Number(options.near)];
const model = await openLanguageModel(options.model);
const { tokenizer } = model;
const transcoders = await circuits.openTranscoders(names, { backbone: model });
const tokens = [...tokenizer.encode(options.prompt)];
const prompt = await circuits.openCircuitPrompt(tokens, { backbone: model, transcoders });
const words = tokenizer.tokenStrings(tokens);
const here = tokens.length - 1;

const { codes, transcoder } = await prompt.codes(layer);
const [from, to] = [codes.rowStart[here]!, codes.rowStart[here + 1]!];
const firing = extremes(codes.value.subarray(from, to), Number(options.show)).top;

for (const { index, value } of firing) {
  const feature = codes.index[from + index]!;
  // Two steps back: a feature at the same token may itself have looked further.
  const root = circuits.coderFeature(transcoder, feature);
  const levels = await circuits.topPaths(prompt, root, { iterations: 2, branches: 60, raw: true });
  const ends = circuits.topFeaturesOfPaths(levels[1]!);
  const bins = { itself: 0, near: 0, far: 0 };
  for (const { token, contrib } of ends) {
    const distance = here - prompt.position(token!);
    bins[distance === 0 ? 'itself' : distance <= near ? 'near' : 'far'] += contrib!;
  }
  const total = bins.itself + bins.near + bins.far || 1;
  const shares = Object.entries(bins).map(
    ([name, sum]) => `${name} ${((100 * sum) / total).toFixed(0)} %`,
  );
  const furthest = ends.filter(({ token }) => here - prompt.position(token!) > near);
  const read = furthest
    .slice(0, 2)
    .map(({ token }) => JSON.stringify(words[prompt.position(token!)]));
  console.log(
    `${layer}/${feature} ${value.toFixed(2)}: ${shares.join(', ')}${read.length > 0 ? `; far: ${read.join(' ')}` : ''}`,
  );
}
await transcoders.close();
await model.close();
