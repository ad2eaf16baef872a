// Turn one feature of an image up or off inside the transformer, and see what changes behind it.
//
//   npx tsx examples/edit.ts photo.jpg
//   npx tsx examples/edit.ts photo.jpg --sae runs/20261121-184607-c7a437 --family world --checkpoint world-vit --latent 17 --value 8
import { parseArgs } from 'node:util';
import { decodeImage, openCoder, openVisionModel, type SparseRows } from 'saev';
import { residualHook } from 'saev/backbones';
import { changeCodes, codeOf, runClean, runEdited } from 'saev/studies';

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

// The patches where the autoencoder lives, and the model's output.
const hook = residualHook(Number(options.layer), model.nLayers);
const clean = await runClean(backbone, pixels, { hook, record: ['output'] });

// Where the autoencoder does not say by what rows are centred and scaled, this photo's patches tell, as well as they can.
await using coder = await openCoder(options.sae, { sample: clean.rows });
const codes = await coder.encode(clean.rows);
const latent = options.latent === undefined ? strongestOf(codes) : Number(options.latent);
const value = Number(options.value);

// Each patch moves along the feature's direction by as much as its code changes; what the autoencoder does not explain
// stays as it was. The blocks behind run on that; those before do not run at all.
const rows = await changeCodes(clean.rows, coder, [{ latent, value }]);
const edited = await runEdited(backbone, clean, rows);

const changed = clean.tokens.filter((_, patch) => codeOf(codes, patch, latent) !== value).length;
const [a, b] = [clean.values.get('output')!, edited.get('output')!];
const d = a.shape.at(-1)!;
const angles = [];
for (let at = 0; at < a.data.length; at += d)
  angles.push(angle(a.data.subarray(at, at + d), b.data.subarray(at, at + d)));
console.log(`latent ${latent} set to ${value} on ${changed} of ${clean.tokens.length} patches`);
if (model.hasCls) console.log(`CLS turned by ${angles[0]!.toFixed(2)}°`);
const byPatch = angles.slice(-clean.tokens.length).map((degrees, patch) => ({ patch, degrees }));
byPatch.sort((x, y) => y.degrees - x.degrees);
const shown = byPatch.slice(0, 5).map(({ patch, degrees }) => `${patch} (${degrees.toFixed(1)}°)`);
console.log(`patches that turned most: ${shown.join(', ')}`);

await backbone.close();

function strongestOf({ index, value }: SparseRows): number {
  return index[value.indexOf(value.reduce((a, b) => Math.max(a, b), 0))] ?? 0;
}

/** Angle between two vectors, in degrees. */
function angle(x: Float32Array, y: Float32Array): number {
  const dot = (p: Float32Array, q: Float32Array): number =>
    p.reduce((sum, value, i) => sum + value * q[i]!, 0);
  const cosine = dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
  return (Math.acos(Math.min(1, cosine)) * 180) / Math.PI;
}
