// One case of bench/dashboards.ts, alone in its process; prints JSON. Reads the model that the parent has written.
import { liveTexts } from '../src/activations/live/live-texts.ts';
import { featureTables } from '../src/analysis/feature-tables.ts';
import { openLanguageModel } from '../src/backbones/language/open.ts';
import { silenceProgress } from '../src/base/progress.ts';
import { Random } from '../src/base/random.ts';
import { hubSettings } from '../src/hub/settings.ts';
import type { SparseCoder } from '../src/sae/coder.ts';
import { openCoder } from '../src/sae/open-coder.ts';
import { createCodeSample } from '../src/visuals/collecting/code-sample.ts';
import { collectFeatures } from '../src/visuals/collecting/collector.ts';
import { median, peakMemory } from './measure.ts';

export interface DashboardsCase {
  /** Folder of the model. */
  readonly model: string;
  readonly point: string;
  readonly contexts: number;
  readonly length: number;
  /** Features of the coder. */
  readonly dSae: number;
  /** Features whose tables are timed; 0 for none. */
  readonly tables: number;
  /** Features that the original scores, one at a time. */
  readonly features: number;
  readonly threads: number;
  readonly rounds: number;
}

export interface DashboardsMeasured {
  readonly name: string;
  /** The model alone, up to the point, and a pass that also encodes and collects all features. */
  readonly forwardMs: number;
  readonly passMs: number;
  readonly encodeMs: number;
  readonly tablesMs: number;
  readonly l0: number;
  readonly forwardBytes: number;
  readonly peakBytes: number;
}

const job = JSON.parse(process.argv[2]!) as DashboardsCase;
const { point, length, threads, contexts: nContexts, dSae } = job;
silenceProgress(true);
const settings = { ...hubSettings(), offline: true };
const backbone = await openLanguageModel(job.model, {
  settings,
  tokenizer: false,
  processing: false,
  threads,
});
const random = new Random(1);
const { dModel, dVocab } = backbone.config;
const texts = Array.from({ length: nContexts }, () =>
  Int32Array.from({ length }, () => random.int(dVocab)),
);
const source = await liveTexts({
  backbone,
  contexts: {
    model: job.model,
    processing: false,
    tokenizer: '',
    contextSize: length,
    tokens: async (i) => texts[i]!,
  },
  nContexts,
  layer: point,
  scaleMean: false,
  scaleNorm: false,
});

/** Read every row, as a pass does, without encoding it. */
async function forward(): Promise<Float32Array> {
  let last = new Float32Array(0);
  for await (const { acts } of source.batches({ batchSize: 4096 })) last = acts.slice();
  return last;
}
await forward();
const forwardBytes = peakMemory();

const coder = await openCoder(randomCoder(), { threads, maxRows: 4096 });
const times = { forward: [] as number[], pass: [] as number[], encode: [] as number[] };
let l0 = 0;
for (let round = 0; round < job.rounds; round++) {
  let start = performance.now();
  const acts = await forward();
  times.forward.push(performance.now() - start);
  start = performance.now();
  await coder.encode(acts);
  times.encode.push(((performance.now() - start) * source.length * dModel) / acts.length);
  start = performance.now();
  const sample = createCodeSample(dSae, { maxEntries: 2 ** 20 });
  const { count } = await collectFeatures(source, coder, {
    rankBy: 'max',
    topK: 24,
    batchSize: 4096,
    nDistributions: 0,
    bands: { bands: 5, perBand: 5, seed: 0 },
    observe: sample.observe,
  });
  times.pass.push(performance.now() - start);
  l0 = count.reduce((sum, each) => sum + each, 0) / source.length;
}
const peakBytes = peakMemory();
const started = performance.now();
if (job.tables > 0) {
  await featureTables(coder, backbone, {
    features: Array.from({ length: job.tables }, (_, i) => i),
    point,
    earlier: [],
    rows: 10,
    nHeads: 3,
  });
}
const result: DashboardsMeasured = {
  name: `saev with ${threads} threads`,
  forwardMs: median(times.forward),
  passMs: median(times.pass),
  encodeMs: median(times.encode),
  tablesMs: performance.now() - started,
  l0,
  forwardBytes,
  peakBytes,
};
await coder.close();
await source.close();
await backbone.close();
console.log(JSON.stringify(result));

/** Random directions: with rows of norm √dModel, a pre-activation is normal, and one in 290 is above the bias. */
function randomCoder(): SparseCoder {
  const normals = (n: number): Float32Array =>
    Float32Array.from({ length: n }, () => dModel ** -0.5 * random.normal());
  return {
    config: {
      dIn: dModel,
      dOut: dModel,
      dSae,
      activation: { kind: 'relu' },
      subtractDecoderBias: false,
      metadata: {},
    },
    weights: {
      wEnc: normals(dSae * dModel),
      bEnc: new Float32Array(dSae).fill(-2.7),
      wDec: normals(dSae * dModel),
      bDec: new Float32Array(dModel),
    },
  };
}
