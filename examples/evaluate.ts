// How good sparse autoencoders are on recorded activations: reconstruction against sparsity, all in one pass.
//
//   npx tsx examples/evaluate.ts shards runs/*
import { evaluate, findShards, openActivations, openCoder } from 'saev';
import { openKernels } from 'saev/kernels';

const [root = 'shards', ...names] = process.argv.slice(2);
const kernels = await openKernels();
const coders = await Promise.all(names.map((name) => openCoder(name, { kernels })));

// Rows as the model had them: each autoencoder brings them to the scale that it was trained on.
const source = await openActivations(await findShards(root, { layer: -2 }), {
  patches: 'patches',
  layer: -2,
  scaleMean: false,
  scaleNorm: false,
});

const evaluations = await evaluate(coders, source, { batchSize: 4096 });
for (const [i, { l0, normalizedMse, nDead, nDense, freqs }] of evaluations.entries()) {
  const busiest = freqs.indexOf(Math.max(...freqs));
  console.log(`${names[i]}`);
  console.log(`  L0 ${l0.toFixed(2)}, normalised MSE ${normalizedMse.toFixed(4)}`);
  console.log(`  ${nDead} dead and ${nDense} dense of ${freqs.length} latents`);
  console.log(
    `  latent ${busiest} fires most, on ${(100 * freqs[busiest]!).toFixed(1)} % of the rows`,
  );
}

for (const coder of coders) await coder.close();
await source.close();
await kernels.close();
