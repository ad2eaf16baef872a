// One case of bench/visuals.ts, alone in its process; prints JSON.
import { silenceProgress } from '../src/base/progress.ts';
import { VisualsConfig } from '../src/visuals/config.ts';
import { visualize } from '../src/visuals/visualize.ts';
import { peakMemory } from './measure.ts';

export interface VisualsCase {
  readonly ckpt: string;
  readonly shards: string;
  readonly images: string;
  readonly to: string;
  /** Further settings of the job. */
  readonly flags: object;
}

export interface VisualsMeasured {
  readonly seconds: number;
  readonly cachedSeconds: number;
  readonly cpuSeconds: number;
  readonly peakBytes: number;
  readonly features: number;
  readonly living: number;
}

const { ckpt, shards, images, to, flags } = JSON.parse(process.argv[2]!) as VisualsCase;
silenceProgress(true);
const config = VisualsConfig.parse({
  ckpt,
  data: { shardRoot: shards, layer: 0, scaleMean: false, scaleNorm: false },
  images: { type: 'image-folder', root: images },
  dumpTo: to,
  ...flags,
});
const before = process.cpuUsage();
let start = performance.now();
const { page, dSae, nDead } = await visualize(config);
const seconds = (performance.now() - start) / 1000;
const { user, system } = process.cpuUsage(before);
start = performance.now();
await visualize(config);
const result: VisualsMeasured = {
  seconds,
  cachedSeconds: (performance.now() - start) / 1000,
  cpuSeconds: (user + system) / 1e6,
  peakBytes: peakMemory(),
  features: page.features,
  living: dSae - nDead,
};
console.log(JSON.stringify(result));
