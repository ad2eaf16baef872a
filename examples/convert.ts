// Read a sparse autoencoder in whatever format it was published, look at it, and write it for another program.
//
//   npx tsx examples/convert.ts hf-hub:osunlp/SAE_CLIP_24K_ViT-B-16_IN1K for-saelens
//   npx tsx examples/convert.ts runs/20261121-184607-c7a437 sae.pt saev
import { readCoder, writeCheckpoint } from 'saev';
import { CHECKPOINT_FORMATS, describeCheckpoint } from 'saev/sae';

const [from, to, name = 'saelens'] = process.argv.slice(2);
const format = CHECKPOINT_FORMATS.find((known) => known.name === name)?.name;
if (from === undefined || to === undefined || format === undefined) {
  const names = CHECKPOINT_FORMATS.map((known) => known.name).join(' | ');
  console.error(`usage: convert.ts FROM TO [${names}]`);
  process.exit(2);
}

const coder = await readCoder(from);
const { dIn, dSae, activation, subtractDecoderBias } = coder.config;
console.log(`${from}: ${activation.kind}, ${dIn} to ${dSae} latents`);
console.log(`encodes ${subtractDecoderBias ? 'x - b_dec' : 'x'}`);

// Each latent's direction is a row of W_dec, [dSae, dOut].
const norm = (row: Float32Array): number => Math.sqrt(row.reduce((sum, x) => sum + x * x, 0));
const { wDec } = coder.weights;
const norms = Array.from({ length: dSae }, (_, i) => norm(wDec.subarray(i * dIn, (i + 1) * dIn)));
console.log(
  `decoder rows have norms ${Math.min(...norms).toFixed(3)} to ${Math.max(...norms).toFixed(3)}`,
);

await writeCheckpoint(coder, to, format);
const written = await describeCheckpoint(to);
console.log(`${to}: ${written.variant}`);
for (const tensor of written.tensors) console.log(`  ${tensor.name} [${tensor.shape.join(', ')}]`);
