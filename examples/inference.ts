// The strongest features of every patch of photos: a published sparse autoencoder on CLIP ViT-B/16.
//
//   npx tsx examples/inference.ts photo.jpg
//   npx tsx examples/inference.ts photo.jpg more/*.jpg
//   npx tsx examples/inference.ts photo.jpg --sae runs/20261121-184607-c7a437 --family world --checkpoint world-vit
import { parseArgs } from 'node:util';
import { decodeImage, openCoder, openVisionModel, patchTokens, readCoder, takeTokens } from 'saev';
import { residualHook } from 'saev/backbones';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sae: { type: 'string', default: 'hf-hub:osunlp/SAE_CLIP_24K_ViT-B-16_IN1K' },
    family: { type: 'string', default: 'clip' },
    checkpoint: { type: 'string', default: 'ViT-B-16/openai' },
    // The block after which the autoencoder was trained; -2 is the last but one.
    layer: { type: 'string', default: '-2' },
    top: { type: 'string', default: '5' },
  },
});
const photos = positionals.length === 0 ? ['photo.jpg'] : positionals;
const top = Number(options.top);

const backbone = await openVisionModel({ family: options.family, name: options.checkpoint });
const model = backbone.config;
const hook = residualHook(Number(options.layer), model.nLayers);
const d = model.dModel;

// Each photo through the transformer, up to the block in question: the rows of its patches.
const acts = new Float32Array(photos.length * model.nPatches * d);
for (const [i, photo] of photos.entries()) {
  const pixels = {
    data: backbone.preprocess(await decodeImage(photo)),
    shape: [1, 3, model.imageSize, model.imageSize],
  };
  const residual = (await backbone.run(pixels, { record: [hook] })).get(hook)!;
  acts.set(takeTokens(residual, patchTokens(model)), i * model.nPatches * d);
}

// All patches through the autoencoder. It was trained on centred and scaled rows. One of this program says by what;
// published ones do not, so that it is estimated from the photos at hand: the more there are, the better.
const sae = await readCoder(options.sae);
if (sae.config.isScaleUnsaid)
  console.error(`inputs are centred and scaled as the patches of ${photos.length} photos say`);
await using coder = await openCoder(sae, { sample: acts });

const side = Math.sqrt(model.nPatches);
for (const [i, photo] of photos.entries()) {
  const rows = acts.subarray(i * model.nPatches * d, (i + 1) * model.nPatches * d);
  const codes = await coder.encode(rows);
  const strongest = new Map<number, number>();
  for (let patch = 0; patch < model.nPatches; patch++) {
    const features = [];
    for (let entry = codes.rowStart[patch]!; entry < codes.rowStart[patch + 1]!; entry++) {
      const [latent, value] = [codes.index[entry]!, codes.value[entry]!];
      features.push({ latent, value });
      strongest.set(latent, Math.max(value, strongest.get(latent) ?? 0));
    }
    features.sort((a, b) => b.value - a.value);
    const shown = features
      .slice(0, top)
      .map(({ latent, value }) => `${latent}: ${value.toFixed(2)}`);
    console.log(`row ${Math.floor(patch / side)}, column ${patch % side}   ${shown.join('   ')}`);
  }
  const best = [...strongest].sort(([, a], [, b]) => b - a).slice(0, top);
  console.log(`${photo}: ${(codes.index.length / model.nPatches).toFixed(1)} features a patch`);
  console.log(`strongest: ${best.map(([latent, v]) => `${latent} (${v.toFixed(2)})`).join(', ')}`);
}

await backbone.close();
