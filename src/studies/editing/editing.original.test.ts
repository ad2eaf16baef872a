// Edits in the forward pass against PyTorch's (fixtures/studies/make_edits.py).
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  EDITS,
  editsCoder,
  editsPixels,
  integers,
  openEditsFile,
  openEditsModel,
} from '../../../test/helpers/edits.ts';
import type { VisionBackbone } from '../../backbones/types.ts';
import { referenceKernels } from '../../compute/kernels/reference/kernels.ts';
import type { SafetensorsFile } from '../../formats/safetensors.ts';
import { type Coder, openCoder } from '../../sae/open-coder.ts';
import { type CodeChange, changeCodes } from './change-codes.ts';
import { type CleanRun, runClean, runEdited } from './edited-run.ts';
import { addVectors } from './vectors.ts';

const { d, patches } = EDITS;
/** Largest difference, relative to the size of all values: torch sums in float32. */
const LIMIT = 2e-5;

let golden: SafetensorsFile;
let backbone: VisionBackbone;
let coder: Coder;
let clean: CleanRun;
let maxima: Float32Array;
let scale: number;

beforeAll(async () => {
  golden = await openEditsFile();
  backbone = await openEditsModel();
  coder = await openCoder(await editsCoder(golden), { kernels: referenceKernels() });
  clean = await runClean(backbone, await editsPixels(golden), {
    hook: 'blocks.0.hook_resid_post',
    record: ['output'],
  });
  maxima = await golden.readFloat32('maxima');
  scale = Number(golden.metadata.scale);
});

afterAll(async () => {
  await coder.close();
  await backbone.close();
  await golden.close();
});

async function outputOf(rows: Float32Array): Promise<Float32Array> {
  return (await runEdited(backbone, clean, rows)).get('output')!.data;
}

const suppressed = (latent: number): CodeChange => ({ latent, value: scale * maxima[latent]! });

it('runs the model as it is', async () => {
  expect(clean.values.get('output')!.data).toBeNear(await golden.readFloat32('output'), LIMIT);
});

it('adds a vector to every patch', async () => {
  const vectors = await golden.readFloat32('vectors');
  const output = await outputOf(addVectors(clean.rows, vectors, { d, factor: scale }));
  expect(output).toBeNear(await golden.readFloat32('output.random-vector'), LIMIT);
});

it("sets one latent on all of an image's patches", async () => {
  const latents = await integers(golden, 'random_latents');
  const rows = await changeCodes(clean.rows, coder, (row) => [
    suppressed(latents[Math.floor(row / patches)]!),
  ]);
  expect(await outputOf(rows)).toBeNear(await golden.readFloat32('output.random-feature'), LIMIT);
});

it('sets on each patch the latent of its own class', async () => {
  const lookup = await integers(golden, 'lookup');
  const labels = await integers(golden, 'labels');
  const rows = await changeCodes(clean.rows, coder, (row) =>
    labels[row]! > 0 ? [suppressed(lookup[labels[row]!]!)] : [],
  );
  expect(await outputOf(rows)).toBeNear(
    await golden.readFloat32('output.automatic-feature'),
    LIMIT,
  );
});
