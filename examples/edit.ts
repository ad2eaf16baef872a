// Turn one feature of an image up or off inside the transformer, and see what changes behind it.
//
//   npx tsx examples/edit.ts photo.jpg
//   npx tsx examples/edit.ts photo.jpg --sae runs/20261121-184607-c7a437 --family world --checkpoint world-vit --latent 17 --value 8
import { parseArgs } from 'node:util';
import {
  decodeImage,
  openCoder,
  openVisionModel,
  patchTokens,
  type SparseRows,
  takeTokens,
} from 'saev';
import { putTokens, residualHook } from 'saev/backbones';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sae: { type: 'string', default: 'hf-hub:osunlp/SAE_CLIP_24K_ViT-B-16_IN1K' },
    family: { type: 'string', default: 'clip' },
    checkpoint: { type: 'string', default: 'ViT-B-16/openai' },
    layer: { type: 'string', default: '-2' },
    // The feature to edit; the strongest one of the image when left out.
    latent: { type: 'string' },
    // What its code becomes on every patch; 0 switches it off.
    value: { type: 'string', default: '0' },
  },
});
const [photo = 'photo.jpg'] = positionals;
const backbone = await openVisionModel({ family: options.family, name: options.checkpoint });
const model = backbone.config;
const pixels = {
  data: backbone.preprocess(await decodeImage(photo)),
  shape: [1, 3, model.imageSize, model.imageSize],
};

// The residual stream where the autoencoder lives, and the model's output.
const hook = residualHook(Number(options.layer), model.nLayers);
const before = await backbone.run(pixels, { record: [hook, 'output'] });
const patches = patchTokens(model);
const acts = takeTokens(before.get(hook)!, patches);

// Where the autoencoder does not say by what rows are centred and scaled, this photo's patches tell, as well as they can.
await using coder = await openCoder(options.sae, { sample: acts });
const { config, weights } = coder;
const codes = await coder.encode(acts);
const latent = options.latent === undefined ? strongestOf(codes) : Number(options.latent);
const direction = weights.wDec.subarray(latent * config.dOut, (latent + 1) * config.dOut);

// Move every patch along the feature's direction by as much as its code changes. What the autoencoder does not explain
// stays as it was. Codes live on the scale of training, the residual stream does not.
const scale = config.normalization?.scale ?? 1;
const edited = acts.slice();
let changed = 0;
for (let patch = 0; patch < patches.length; patch++) {
  const step = (Number(options.value) - codeOf(codes, patch, latent)) * scale;
  if (step !== 0) changed++;
  for (let j = 0; j < config.dOut; j++) edited[patch * config.dOut + j]! += step * direction[j]!;
}

// The blocks behind it run on the edited stream; those before it do not run at all.
const replace = new Map([[hook, putTokens(before.get(hook)!, patches, edited)]]);
const after = await backbone.run(pixels, { record: ['output'], replace });

const [a, b] = [before.get('output')!, after.get('output')!];
const d = a.shape.at(-1)!;
const angles = [];
for (let at = 0; at < a.data.length; at += d)
  angles.push(angle(a.data.subarray(at, at + d), b.data.subarray(at, at + d)));
console.log(`latent ${latent} set to ${options.value} on ${changed} of ${patches.length} patches`);
if (model.hasCls) console.log(`CLS turned by ${angles[0]!.toFixed(2)}°`);
const byPatch = angles.slice(-patches.length).map((degrees, patch) => ({ patch, degrees }));
byPatch.sort((x, y) => y.degrees - x.degrees);
const shown = byPatch.slice(0, 5).map(({ patch, degrees }) => `${patch} (${degrees.toFixed(1)}°)`);
console.log(`patches that turned most: ${shown.join(', ')}`);

await backbone.close();

function strongestOf({ index, value }: SparseRows): number {
  return index[value.indexOf(value.reduce((a, b) => Math.max(a, b), 0))] ?? 0;
}

/** The code of one latent on one row; 0 when it does not fire there. */
function codeOf({ rowStart, index, value }: SparseRows, row: number, wanted: number): number {
  for (let entry = rowStart[row]!; entry < rowStart[row + 1]!; entry++)
    if (index[entry] === wanted) return value[entry]!;
  return 0;
}

/** Angle between two vectors, in degrees. */
function angle(x: Float32Array, y: Float32Array): number {
  const dot = (p: Float32Array, q: Float32Array): number =>
    p.reduce((sum, value, i) => sum + value * q[i]!, 0);
  const cosine = dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
  return (Math.acos(Math.min(1, cosine)) * 180) / Math.PI;
}
