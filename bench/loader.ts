// Speed of the shuffling loader against reading the same bytes straight through.
//
//   npm run build && npx tsx bench/loader.ts [--gb 2] [--batch 16384] [--buffer-mb 1024] [--read-mb 4] [--layers 1]
//                                            [--patches patches|cls|meanpool|all] [--tmp FOLDER] [--warm]
//
// Shapes are those of ViT-B/16: 196 patches and CLS, 768 wide. The files are taken out of the page cache before each
// reading (Linux), so that they come from the disk, as those of a real recording do, which is larger than memory.
// `--warm` leaves them there: then the straight reading is a copy in memory, and the ratio shows what the loader's own
// work costs: of one that overwrites the same 4 MiB, which stay in the processor's cache, and of one that keeps each file in
// memory of its own, as one must who reads rows in another order. MB/s counts whole shards, also where `--patches cls` leaves
// most of their bytes unread.
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import koffi from 'koffi';
import { measureMixing } from '../src/activations/reading/mixing.ts';
import type { PatchChoice } from '../src/activations/reading/selection.ts';
import { openActivations, type ShardSource } from '../src/activations/reading/shard-source.ts';
import type { ActivationMetadata } from '../src/activations/shards/metadata.ts';
import { openShardWriter } from '../src/activations/shards/shard-writer.ts';
import { silenceProgress } from '../src/base/progress.ts';
import { Random } from '../src/base/random.ts';

const { values } = parseArgs({
  options: {
    gb: { type: 'string', default: '2' },
    batch: { type: 'string', default: '16384' },
    'buffer-mb': { type: 'string', default: '1024' },
    'read-mb': { type: 'string', default: '4' },
    layers: { type: 'string', default: '1' },
    patches: { type: 'string', default: 'patches' },
    tmp: { type: 'string', default: tmpdir() },
    warm: { type: 'boolean', default: false },
  },
});
silenceProgress(true);

const nLayers = Number(values.layers);
const exampleBytes = nLayers * 197 * 768 * 4;
const nExamples = Math.max(64, Math.round((Number(values.gb) * 1e9) / exampleBytes));
const batchSize = Number(values.batch);

const root = await mkdtemp(join(values.tmp, 'saev-loader-'));
try {
  const folder = await writeShards(root);
  const source = await openActivations(folder, {
    patches: values.patches as PatchChoice,
    layer: 0,
    bufferBytes: Number(values['buffer-mb']) * 2 ** 20,
    readBytes: Number(values['read-mb']) * 2 ** 20,
    nRandomSamples: 4096,
  });
  console.log(
    `${nExamples} images, ${source.length} rows, ${((nExamples * exampleBytes) / 1e9).toFixed(2)} GB on disk, batches of ${batchSize}, ${values.warm ? 'from the page cache' : 'from the disk'}`,
  );
  const straight: number[] = [];
  const whole: number[] = [];
  const shuffled: number[] = [];
  const sequential: number[] = [];
  for (let round = 0; round < 3; round++) {
    straight.push(await readStraight(source));
    whole.push(await readWhole(source));
    shuffled.push(await readBatches(source, round));
    sequential.push(await readBatches(source, undefined));
  }
  const bytes = source.files.length * source.geometry.shardBytes;
  const [best, kept] = [Math.min(...straight), Math.min(...whole)];
  const report = (name: string, seconds: number): void => {
    console.log(
      `${name.padEnd(22)} ${seconds.toFixed(2)} s  ${(bytes / seconds / 1e6).toFixed(0)} MB/s  ${Math.round(source.length / seconds)} examples/s  ratio ${(best / seconds).toFixed(2)} and ${(kept / seconds).toFixed(2)}`,
    );
  };
  report('straight through', best);
  report('whole files, kept', kept);
  report('loader, shuffled', Math.min(...shuffled));
  report('loader, in order', Math.min(...sequential));
  await reportMixing(source);
  await source.close();
} finally {
  await rm(root, { recursive: true, force: true });
}

async function writeShards(dumpTo: string): Promise<string> {
  const metadata: ActivationMetadata = {
    protocol: 'saev',
    family: 'clip',
    checkpoint: 'bench',
    layers: Array.from({ length: nLayers }, (_, i) => i),
    nPatches: 196,
    hasCls: true,
    dModel: 768,
    seed: 0,
    nExamples,
    maxTokensPerShard: 600_000,
    data: 'bench',
  };
  const writer = await openShardWriter(dumpTo, metadata);
  const random = new Random(0);
  const block = new Float32Array((exampleBytes / 4) * 8);
  for (let i = 0; i < block.length; i++) block[i] = random.uniform(-2, 2);
  while (writer.nWritten < nExamples) {
    const n = Math.min(8, nExamples - writer.nWritten);
    await writer.append(block.subarray(0, (n * exampleBytes) / 4));
  }
  await writer.finish();
  return writer.folder;
}

/** Take the shards out of the page cache: `posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED)`. */
async function forget(source: ShardSource): Promise<void> {
  if (values.warm) return;
  const advise = koffi.load('libc.so.6').func('int posix_fadvise(int, int64, int64, int)');
  for (const { name } of source.files) {
    const file = await open(join(source.folder, name), 'r+');
    await file.sync();
    if (advise(file.fd, 0, 0, 4) !== 0) throw new Error('the page cache cannot be emptied');
    await file.close();
  }
}

/** Seconds to read every byte of the shards in order, 4 MiB at a time. */
async function readStraight(source: ShardSource): Promise<number> {
  await forget(source);
  const buffer = new Uint8Array(2 ** 22);
  const start = performance.now();
  for (const { name } of source.files) {
    const file = await open(join(source.folder, name), 'r');
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) break;
    }
    await file.close();
  }
  return (performance.now() - start) / 1000;
}

/** Seconds to have every byte of the shards in memory of its own, a whole file at a time. */
async function readWhole(source: ShardSource): Promise<number> {
  await forget(source);
  const start = performance.now();
  for (const { name } of source.files) await readFile(join(source.folder, name));
  return (performance.now() - start) / 1000;
}

/** Seconds to go through one pass of batches. */
async function readBatches(source: ShardSource, shuffleSeed: number | undefined): Promise<number> {
  await forget(source);
  const start = performance.now();
  let rows = 0;
  for await (const batch of source.batches({ batchSize, shuffleSeed, reuse: true })) {
    rows += batch.exampleIndex.length;
  }
  if (rows !== source.length) throw new Error(`${rows} rows of ${source.length}`);
  return (performance.now() - start) / 1000;
}

async function reportMixing(source: ShardSource): Promise<void> {
  const ratios: number[] = [];
  let distinct = 0;
  for await (const { exampleIndex } of source.batches({ batchSize, shuffleSeed: 1 })) {
    const mixing = measureMixing(exampleIndex, source);
    ratios.push(mixing.ratio);
    distinct += mixing.distinct;
    if (ratios.length === 16) break;
  }
  const mean = ratios.reduce((a, b) => a + b, 0) / ratios.length;
  console.log(
    `mixing                 entropy over images ${(100 * mean).toFixed(1)} % of a perfect shuffle's, ${Math.round(distinct / ratios.length)} images a batch`,
  );
}
