// One case of bench/recording.ts, alone in its process; prints JSON. Reads the tower and the photographs that the
// parent has written.
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { imageRecorder } from '../src/activations/recording/image-recorder.ts';
import { recordImages } from '../src/activations/recording/record-images.ts';
import { openVisionModel } from '../src/backbones/vision/open.ts';
import { silenceProgress } from '../src/base/progress.ts';
import { Random } from '../src/base/random.ts';
import { openImageFolder } from '../src/data/datasets/image-folder.ts';
import { loadImages, range } from '../src/data/images/loading.ts';
import { type Measured, peakMemory, timed } from './measure.ts';

export interface RecordingCase {
  /** Safetensors file of the tower. */
  readonly weights: string;
  /** An image folder to decode and record into `out`; when undefined, pixels are in memory and nothing is written. */
  readonly images?: string;
  readonly out: string;
  readonly layer: number;
  readonly batch: number;
  readonly threads: number;
  /** Timed calls, each of one batch or of the whole folder. */
  readonly calls: number;
}

export interface RecordingMeasured extends Measured {
  /** Images of one call. */
  readonly nImages: number;
}

const job = JSON.parse(process.argv[2]!) as RecordingCase;
silenceProgress(true);
const backbone = await openVisionModel(
  { family: 'clip', weights: job.weights, config: { activation: 'quickgelu' } },
  { threads: job.threads },
);
const { nImages, call } = await (job.images === undefined ? inMemory() : fromFiles(job.images));
const measured = await timed(call, job.calls);
await backbone.close();
const name = `saev, onnxruntime with ${job.threads} threads`;
const result: RecordingMeasured = { name, ...measured, peakBytes: peakMemory(), nImages };
console.log(JSON.stringify(result));

interface Work {
  readonly nImages: number;
  call(): Promise<void>;
}

/** Record one batch of pixels again and again. */
async function inMemory(): Promise<Work> {
  const { imageSize } = backbone.config;
  const random = new Random(3);
  const images = Array.from({ length: job.batch }, () => {
    const pixels = new Float32Array(3 * imageSize ** 2);
    for (let i = 0; i < pixels.length; i++) pixels[i] = random.uniform(-2, 2);
    return pixels;
  });
  const recorder = await imageRecorder(backbone, [job.layer]);
  return {
    nImages: job.batch,
    async call() {
      await recorder.run(images);
    },
  };
}

/** Decode, preprocess, record and write all images of a folder. */
async function fromFiles(folder: string): Promise<Work> {
  const dataset = await openImageFolder(folder);
  return {
    nImages: dataset.length,
    async call() {
      const { nRecorded } = await recordImages({
        backbone,
        images: (from) =>
          loadImages(dataset, {
            transform: (image) => backbone.preprocess(image),
            indices: range(from, dataset.length),
          }),
        layers: [job.layer],
        // A new folder for every call: a complete one would not be recorded again.
        dumpTo: await mkdtemp(join(job.out, 'shards-')),
        data: 'bench',
        nExamples: dataset.length,
        batchSize: job.batch,
        maxTokensPerShard: dataset.length * (backbone.config.nPatches + 1),
      });
      if (nRecorded !== dataset.length) throw new Error(`${nRecorded} images recorded`);
    },
  };
}
