// Draws docs/images/edit-scenes.png: drawn scenes, the class that a head sees in each patch, and the same with the feature
// of one class turned down, in its patches.
//
//   npx tsx scripts/draw-edits.ts --sae demo-out/runs/RUN --head heads/lr_0_01__wd_0_001 --root demo-out/world/ade20k --class 8 --latent 348
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { segmentedImages } from '../src/activations/labels/class-maps.ts';
import { patchTokens, takeTokens } from '../src/backbones/vision/tokens.ts';
import { openAde20k } from '../src/data/datasets/ade20k.ts';
import { encodePng } from '../src/data/images/encode.ts';
import { openCoder } from '../src/sae/open-coder.ts';
import { patchLabels } from '../src/studies/labels/patch-labels.ts';
import { classColours } from '../src/studies/segmentation/palette.ts';
import { QuantifyConfig } from '../src/studies/segmentation/quantifying/config.ts';
import { openImageEditor } from '../src/studies/segmentation/quantifying/edit-images.ts';
import { openEditedModel } from '../src/studies/segmentation/quantifying/edited-model.ts';
import { EDIT_METHODS } from '../src/studies/segmentation/quantifying/methods.ts';

const SCENES = 5;
const SIDE = 160;
const GAP = 10;

const { values: options } = parseArgs({
  options: {
    sae: { type: 'string', default: 'demo-out/runs' },
    head: { type: 'string', default: 'heads' },
    root: { type: 'string', default: 'demo-out/world/ade20k' },
    class: { type: 'string', default: '8' },
    latent: { type: 'string', default: '0' },
    to: { type: 'string', default: 'docs/images/edit-scenes.png' },
  },
});
const wanted = Number(options.class);
const latent = Number(options.latent);
const dataset = await openAde20k(options.root, 'validation');
const images = await segmentedImages(dataset);
const config = QuantifyConfig.parse({ saeCkpt: options.sae, segCkpt: options.head });
const model = await openEditedModel(config, undefined);
await using coder = await openCoder(options.sae);
const labels = await patchLabels(images, model.geometry);
const { backbone } = model;
const { nPatches, imageSize } = backbone.config;
const labelsOf = (image: number): Int32Array =>
  labels.numbers.subarray(image * nPatches, (image + 1) * nPatches);

// The first scenes that show the class, whatever comes of them.
const scenes = Array.from({ length: dataset.length }, (_, i) => i)
  .filter((image) => labelsOf(image).includes(wanted))
  .slice(0, SCENES);
const size = 3 * imageSize ** 2;
const pixels = new Float32Array(scenes.length * size);
const maxima = new Float32Array(coder.dSae);
for (const [i, image] of scenes.entries())
  pixels.set(backbone.preprocess(await dataset.image(image)), i * size);
const batch = {
  pixels: { data: pixels, shape: [scenes.length, 3, imageSize, imageSize] },
  images: Int32Array.from(scenes),
};
const clean = await backbone.run(batch.pixels, { record: [model.hook] });
const codes = await coder.encode(takeTokens(clean.get(model.hook)!, patchTokens(backbone.config)));
codes.value.forEach((value, p) => {
  maxima[codes.index[p]!] = Math.max(maxima[codes.index[p]!]!, value);
});
const editor = await openImageEditor(model, coder, {
  methods: EDIT_METHODS.filter(({ name }) => name === 'automatic-feature'),
  extent: 'class',
  tools: {
    features: new Map([[wanted, latent]]),
    otherFeatures: new Map(),
    maxima,
    scale: config.scale,
    vectorScale: 0,
    seed: config.seed,
  },
});
const own = new Int32Array(scenes.length * nPatches);
scenes.forEach((image, i) => {
  own.set(labelsOf(image), i * nPatches);
});

const width = scenes.length * (SIDE + GAP) + GAP;
const height = 3 * (SIDE + GAP) + GAP;
const data = new Uint8Array(width * height * 3).fill(255);
const colours = classColours(images.classes.length);
for await (const { only, before, after } of editor.edit(batch, own)) {
  if (only !== wanted) continue;
  const grid = Math.sqrt(nPatches);
  for (const [i, image] of scenes.entries()) {
    const picture = await dataset.image(image);
    draw(i, 0, (x, y) => {
      const at = Math.floor(y * picture.height) * picture.width + Math.floor(x * picture.width);
      return picture.data.subarray(3 * at, 3 * at + 3);
    });
    for (const [row, seen] of [before, after].entries()) {
      draw(i, row + 1, (x, y) => {
        const patch = Math.floor(y * grid) * grid + Math.floor(x * grid);
        return colours[seen[i * nPatches + patch]!]!;
      });
    }
  }
}
await writeFile(options.to, await encodePng({ width, height, data }));
await backbone.close();
await dataset.close();

/** Paint one square of the sheet; `colour` takes places from 0 to 1. */
function draw(
  column: number,
  row: number,
  colour: (x: number, y: number) => ArrayLike<number>,
): void {
  const [left, top] = [GAP + column * (SIDE + GAP), GAP + row * (SIDE + GAP)];
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      data.set(colour((x + 0.5) / SIDE, (y + 0.5) / SIDE), 3 * ((top + y) * width + left + x));
    }
  }
}
