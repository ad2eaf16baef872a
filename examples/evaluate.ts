// How good sparse autoencoders are on recorded activations: reconstruction against sparsity, all in one pass.
//
//   npx tsx examples/evaluate.ts shards runs/*
import { evaluate, findShards, openActivations, openCoder, openEncoder, openKernels } from 'saev';

const [root = 'shards', ...names] = process.argv.slice(2);
const coders = await Promise.all(names.map((name) => openCoder(name)));
const kernels = await openKernels();

// An autoencoder understands rows on the scale that it was trained on. Runs of one job share it.
const { normalization } = coders[0]?.config ?? {};
const source = await openActivations(await findShards(root), {
  patches: 'patches',
  layer: -2,
  scaling: { clamp: 1e5, mean: normalization?.mean, scalar: normalization?.scale ?? 1 },
});

const encoders = await Promise.all(coders.map((coder) => openEncoder(coder, { kernels })));
const evaluations = await evaluate(encoders, source, { batchSize: 4096 });
for (const [i, { l0, normalizedMse, nDead, nDense, freqs }] of evaluations.entries()) {
  const busiest = freqs.indexOf(Math.max(...freqs));
  console.log(`${names[i]}`);
  console.log(`  L0 ${l0.toFixed(2)}, normalised MSE ${normalizedMse.toFixed(4)}`);
  console.log(`  ${nDead} dead and ${nDense} dense of ${freqs.length} latents`);
  console.log(
    `  latent ${busiest} fires most, on ${(100 * freqs[busiest]!).toFixed(1)} % of the rows`,
  );
}

for (const encoder of encoders) await encoder.close();
await source.close();
await kernels.close();
