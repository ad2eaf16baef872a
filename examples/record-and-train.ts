// From a folder of images to a trained sparse autoencoder in one program, without shards on disk: the transformer runs
// while the autoencoder learns.
//
//   npx tsx examples/record-and-train.ts photos
//   npx tsx examples/record-and-train.ts photos --family clip --checkpoint ViT-B-16/openai --rows 10000000
import { parseArgs } from 'node:util';
import { configureLogging, openVisionModel, TrainConfig } from 'saev';
import { liveImages } from 'saev/activations';
import { loadImages, openImageFolder } from 'saev/data';
import { openKernels } from 'saev/kernels';
import { trainGroup } from 'saev/training';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    family: { type: 'string', default: 'world' },
    checkpoint: { type: 'string', default: 'world-vit' },
    rows: { type: 'string', default: '500000' },
    runs: { type: 'string', default: 'runs' },
  },
});
const [folder = 'photos'] = positionals;
await configureLogging('info', (line) => console.error(line));

// One folder a class, as torchvision's ImageFolder has it.
const images = await openImageFolder(folder);
const backbone = await openVisionModel({ family: options.family, name: options.checkpoint });

// Rows to train on: every patch, after the last block but one, centred and scaled, well mixed.
const source = await liveImages({
  backbone,
  nExamples: images.length,
  images: (indices) =>
    loadImages(images, { indices, transform: (image) => backbone.preprocess(image) }),
  patches: 'patches',
  layer: -2,
});

// Two autoencoders learn from the same rows. What is not said here has its default.
const configs = [4e-4, 8e-4].map((sparsityCoeff) =>
  TrainConfig.parse({
    sae: { expFactor: 8 },
    objective: { sparsityCoeff },
    nPatches: Number(options.rows),
    saeBatchSize: 2048,
    lr: 1e-3,
    nLrWarmup: 100,
    runRoot: options.runs,
  }),
);
const kernels = await openKernels();
const trained = await trainGroup(configs, source, { kernels, scaling: source.scaling });

for (const { path, config, evaluation } of trained) {
  const { l0, explainedVariance, nDead } = evaluation;
  console.log(
    `${path}: sparsity ${config.objective.sparsityCoeff}, L0 ${l0.toFixed(1)}, ` +
      `explained variance ${explainedVariance.toFixed(3)}, ${nDead} dead latents`,
  );
}

await kernels.close();
await source.close();
await backbone.close();
await images.close();
