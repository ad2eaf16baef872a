// Trains the small vision transformer that ships with saev on the embedded image world, in TypeScript alone.
// usage: npx tsx scripts/train-world-vit.ts [--steps 4000] [--batch 64] [--threads 2] [--work FOLDER] [--seed 0]
// A run that was stopped goes on when the command is given again with the same --work.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeFileAtomic } from '../src/base/files.ts';
import { startProgress } from '../src/base/progress.ts';
import { type OnnxTensor, openSession } from '../src/compute/onnx/session.ts';
import { drawScene } from '../src/data/worlds/images/draw.ts';
import { sampleScene } from '../src/data/worlds/images/scene.ts';
import { writeSafetensors } from '../src/formats/safetensors.ts';
import { adamStep, rateAt } from './training/adamw.ts';
import { readState, writeState } from './training/state.ts';
import {
  initialWeights,
  isHead,
  PIXELS,
  SIZES,
  trainingModel,
  weightShapes,
} from './world-vit/model.ts';
import {
  IMAGE_GROUPS,
  imageClasses,
  PATCH_GROUPS,
  patchClasses,
  weightedTargets,
} from './world-vit/targets.ts';

const { values: flags } = parseArgs({
  options: {
    steps: { type: 'string', default: '4000' },
    batch: { type: 'string', default: '64' },
    threads: { type: 'string', default: '2' },
    seed: { type: 'string', default: '0' },
    rate: { type: 'string', default: '1.5e-3' },
    work: { type: 'string', default: 'world-vit-work' },
    out: { type: 'string', default: 'assets' },
  },
});
const [steps, batch, threads, seed] = [flags.steps, flags.batch, flags.threads, flags.seed].map(
  Number,
) as [number, number, number, number];
const schedule = { peak: Number(flags.rate), warmup: 200, steps };
/** Scenes that training never sees have another seed. */
const HELD_OUT_SEED = 1_000_003;
const N_PATCHES = 64;
const PATCH_WIDTH = PATCH_GROUPS.reduce((n, { size }) => n + size, 0);
const IMAGE_WIDTH = IMAGE_GROUPS.reduce((n, { size }) => n + size, 0);
const PLANE = SIZES.image ** 2;

interface Batch {
  readonly feeds: Map<string, OnnxTensor>;
  readonly patches: Uint8Array[];
  readonly images: Uint8Array[];
}

/** Scenes `first … first + n − 1` of the world with this seed, as the model is fed them. */
function makeBatch(worldSeed: number, first: number, n: number): Batch {
  const pixels = new Float32Array(n * 3 * PLANE);
  const patchTargets = new Float32Array(n * N_PATCHES * PATCH_WIDTH);
  const imageTargets = new Float32Array(n * IMAGE_WIDTH);
  const patches: Uint8Array[] = [];
  const images: Uint8Array[] = [];
  for (let i = 0; i < n; i++) {
    const scene = sampleScene(worldSeed, first + i);
    const { data } = drawScene(scene);
    for (let p = 0; p < PLANE; p++) {
      for (let c = 0; c < 3; c++) pixels[(i * 3 + c) * PLANE + p] = data[3 * p + c]! / 127.5 - 1;
    }
    patches.push(patchClasses(scene));
    images.push(imageClasses(scene));
    const perPatch = 1 / (n * N_PATCHES * PATCH_GROUPS.length);
    weightedTargets(patches[i]!, PATCH_GROUPS, patchTargets, i * N_PATCHES * PATCH_WIDTH, perPatch);
    weightedTargets(
      images[i]!,
      IMAGE_GROUPS,
      imageTargets,
      i * IMAGE_WIDTH,
      0.25 / (n * IMAGE_GROUPS.length),
    );
  }
  return {
    feeds: new Map<string, OnnxTensor>([
      [PIXELS, { data: pixels, shape: [n, 3, SIZES.image, SIZES.image] }],
      ['patch_targets', { data: patchTargets, shape: [n, N_PATCHES, PATCH_WIDTH] }],
      ['image_targets', { data: imageTargets, shape: [n, IMAGE_WIDTH] }],
    ]),
    patches,
    images,
  };
}

/** Count, for each group, how often the largest logit is the right class; object attributes on object patches only. */
function countRight(
  logits: Float32Array,
  classes: readonly Uint8Array[],
  groups: readonly { name: string; size: number }[],
  tally: Map<string, { right: number; total: number }>,
  prefix: string,
): void {
  const width = groups.reduce((n, { size }) => n + size, 0);
  classes.forEach((image, i) => {
    const rows = image.length / groups.length;
    for (let row = 0; row < rows; row++) {
      let first = (i * rows + row) * width;
      groups.forEach(({ name, size }, g) => {
        const target = image[row * groups.length + g]!;
        const counts = rows === 1 || name === 'background' || target > 0;
        if (counts) {
          let best = 0;
          for (let c = 1; c < size; c++) if (logits[first + c]! > logits[first + best]!) best = c;
          const entry = tally.get(prefix + name) ?? { right: 0, total: 0 };
          entry.right += best === target ? 1 : 0;
          entry.total++;
          tally.set(prefix + name, entry);
        }
        first += size;
      });
    }
  });
}

const shapes = weightShapes();
const {
  step: start,
  weights,
  optimizer,
} = await readState(flags.work, shapes, () => initialWeights(seed));

const session = await openSession(trainingModel(), { threads });
const fed = (): Map<string, OnnxTensor> =>
  new Map([...weights].map(([name, data]) => [name, { data, shape: shapes.get(name)! }]));

/** Held-out accuracy by group, on `n` scenes. */
async function evaluate(n: number): Promise<Record<string, number>> {
  const tally = new Map<string, { right: number; total: number }>();
  for (let first = 0; first < n; first += batch) {
    const { feeds, patches, images } = makeBatch(HELD_OUT_SEED, first, Math.min(batch, n - first));
    const found = await session.run(new Map([...fed(), ...feeds]));
    countRight(
      found.get('patch_logits')!.data as Float32Array,
      patches,
      PATCH_GROUPS,
      tally,
      'patch ',
    );
    countRight(
      found.get('image_logits')!.data as Float32Array,
      images,
      IMAGE_GROUPS,
      tally,
      'image ',
    );
  }
  return Object.fromEntries(
    [...tally].map(([name, { right, total }]) => [name, Math.round((1e4 * right) / total) / 1e4]),
  );
}

const progress = startProgress('train', { total: steps, done: start, unit: 'steps' });
let next = makeBatch(seed, start * batch, batch);
let smooth = Number.NaN;
for (let step = start; step < steps; step++) {
  const running = session.run(new Map([...fed(), ...next.feeds]));
  // The next scenes are drawn while onnxruntime works on these.
  next = makeBatch(seed, (step + 1) * batch, batch);
  const found = await running;
  const loss = (found.get('loss')!.data as Float32Array)[0]!;
  const gradients = new Map(
    [...shapes.keys()].map((name) => [name, found.get(`d:${name}`)!.data as Float32Array]),
  );
  adamStep(weights, gradients, optimizer, { step, rate: rateAt(step, schedule), decay: 0.05 });
  smooth = Number.isNaN(smooth) ? loss : 0.95 * smooth + 0.05 * loss;
  progress.tick(1, `loss ${smooth.toFixed(4)}`);
  if ((step + 1) % 250 === 0)
    await writeState(flags.work, shapes, { step: step + 1, weights, optimizer });
  if ((step + 1) % 500 === 0)
    process.stdout.write(`step ${step + 1}: ${JSON.stringify(await evaluate(512))}\n`);
}
progress.end();

const accuracy = await evaluate(2000);
await session.close();
process.stdout.write(`held out: ${JSON.stringify(accuracy)}\n`);
const entries = [...weights].filter(([name]) => !isHead(name));
await writeSafetensors(
  join(flags.out, 'world-vit.safetensors'),
  entries.map(
    ([name, data]) => [name, { dtype: 'F32', shape: [...shapes.get(name)!], data }] as const,
  ),
  { metadata: { n_heads: String(SIZES.nHeads), held_out_accuracy: JSON.stringify(accuracy) } },
);
const card = {
  model: 'world-vit: the vision transformer of the embedded image world',
  architecture: { ...SIZES, parameters: entries.reduce((n, [, data]) => n + data.length, 0) },
  training: {
    script: 'scripts/train-world-vit.ts',
    steps,
    batch,
    peakLearningRate: schedule.peak,
    seed,
    scenes: steps * batch,
    heads:
      'attributes of each patch (after the last block and after the last but one) and of the main object (CLS)',
  },
  heldOut: { scenes: 2000, seed: HELD_OUT_SEED, accuracy },
};
await writeFileAtomic(join(flags.out, 'world-vit.json'), `${JSON.stringify(card, null, 2)}\n`);
