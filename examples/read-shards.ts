// Recorded activations, whoever recorded them: what a folder of shards holds, one row of it, and a pass over all rows.
//
//   npx tsx examples/read-shards.ts shards
import { findShards, openActivations } from 'saev';
import { readMetadata } from 'saev/activations';

const [root = 'shards'] = process.argv.slice(2);
const folder = await findShards(root);
const metadata = await readMetadata(folder);
console.log(`${metadata.family} ${metadata.checkpoint}, layers ${metadata.layers.join(', ')}`);
console.log(
  `${metadata.nExamples} images of ${metadata.nPatches} patches, ${metadata.dModel} wide`,
);

// The activations as the model gave them; by default they are centred and scaled.
const source = await openActivations(folder, {
  patches: 'patches',
  layer: metadata.layers[0]!,
  scaleMean: false,
  scaleNorm: false,
});

const { act, exampleIndex, tokenIndex } = await source.row(0);
const start = [...act.subarray(0, 4)].map((x) => x.toFixed(3)).join(', ');
console.log(`image ${exampleIndex}, patch ${tokenIndex}: [${start}, …]`);

// Rows in a random order that the seed fixes. The reads behind it are large and sequential.
let rows = 0;
let sumOfNorms = 0;
for await (const { acts } of source.batches({ batchSize: 4096, shuffleSeed: 1, reuse: true })) {
  for (let at = 0; at < acts.length; at += source.dModel) {
    const row = acts.subarray(at, at + source.dModel);
    sumOfNorms += Math.sqrt(row.reduce((sum, x) => sum + x * x, 0));
    rows++;
  }
}
console.log(`${rows} rows, mean norm ${(sumOfNorms / rows).toFixed(3)}`);
await source.close();
