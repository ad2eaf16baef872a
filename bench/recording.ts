// Images per second of recording one residual stream of a ViT-B/16: ours against open_clip in PyTorch, and against
// what the machine's matrix products allow.
//
//   npm run build && npx tsx bench/recording.ts [--python PYTHON] [--batch 1,4,16,32] [--images 64] [--layer -1]
//       [--threads 2] [--workers 2] [--calls 4] [--rounds 2] [--tmp FOLDER] [--json]
//
// The weights are random and written to a temporary folder in the format that open_clip publishes; both sides read
// them. The last row of the table is end to end: JPEG files decoded, preprocessed, recorded and written (--images 0
// leaves it out). --workers are PyTorch's processes that decode.
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { denseLimit } from './dense-limit.ts';
import { alternate, type Command, printTable, python, type Result, typescript } from './measure.ts';
import type { RecordingCase, RecordingMeasured } from './recording-case.ts';
import { productsOf, VIT_B_16, writePhotographs, writeTower } from './recording-inputs.ts';

const { values: flags } = parseArgs({
  options: {
    python: { type: 'string' },
    batch: { type: 'string', default: '1,4,16,32' },
    images: { type: 'string', default: '64' },
    layer: { type: 'string', default: '-1' },
    threads: { type: 'string', default: String(availableParallelism()) },
    workers: { type: 'string', default: String(availableParallelism()) },
    calls: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '2' },
    tmp: { type: 'string', default: tmpdir() },
    json: { type: 'boolean', default: false },
  },
});

interface Comparison {
  readonly work: string;
  readonly nImages: number;
  /** False where PyTorch's decoding processes do work that its own CPU time and memory do not show. */
  readonly alone: boolean;
  readonly ours: Result;
  readonly theirs?: Result;
}

const root = await mkdtemp(join(flags.tmp, 'saev-recording-'));
const weights = join(root, 'tower.safetensors');
const photographs = join(root, 'photographs');
const nImages = Number(flags.images);
const comparisons: Comparison[] = [];
let names: string[] = [];
const limit = denseLimit(Number(flags.threads));
try {
  await writeTower(weights, VIT_B_16);
  for (const batch of flags.batch.split(',').map(Number)) {
    await compare(`batches of ${batch}`, batch);
  }
  if (nImages > 0) {
    await writePhotographs(photographs, nImages);
    await compare('from JPEG files to shards', 16, photographs);
  }
} finally {
  await rm(root, { recursive: true, force: true });
}
if (flags.json) console.log(JSON.stringify({ names, limit, comparisons }, null, 2));
else report();

async function compare(work: string, batch: number, images?: string): Promise<void> {
  const layer = Number(flags.layer);
  const threads = Number(flags.threads);
  const calls = images === undefined ? Math.max(3, Number(flags.calls)) : 1;
  const job: RecordingCase = { weights, images, out: root, layer, batch, threads, calls };
  const commands: Command[] = [typescript('./recording-case.ts', JSON.stringify(job))];
  if (flags.python !== undefined) {
    const args = Object.entries({ weights, images, out: root, layer, batch, threads, calls })
      .filter(([, value]) => value !== undefined)
      .flatMap(([name, value]) => [`--${name}`, String(value)]);
    commands.push(python(flags.python, './recording.py', ...args, '--workers', flags.workers));
  }
  const results = await alternate<RecordingMeasured>(commands, Number(flags.rounds));
  names = results.map(({ last }) => last.name);
  const [ours, theirs] = results;
  const alone = images === undefined || Number(flags.workers) === 0;
  comparisons.push({ work, nImages: ours!.last.nImages, alone, ours: ours!, theirs });
  if (!flags.json) console.error(`${work}: done`);
}

function report(): void {
  console.log(`ours: ${names[0]}; theirs: ${names[1] ?? 'not asked for'}`);
  const products = productsOf(VIT_B_16);
  const most = limit === undefined ? undefined : limit.rate / products;
  if (limit !== undefined) {
    console.log(
      `limit: ${(limit.rate / 1e9).toFixed(0)} GFLOP/s (${limit.name}), ${(products / 1e9).toFixed(1)} GFLOP an image: ${most!.toFixed(1)} images/s`,
    );
  }
  printTable(
    [
      '',
      'ours images/s',
      'of limit',
      'GB',
      'theirs images/s',
      'of limit',
      'GB',
      'times faster',
      'by CPU time',
    ],
    comparisons.map(({ work, nImages: n, alone, ours, theirs }) => [
      work,
      ...columns(n, ours, most),
      ...(theirs === undefined ? ['-', '-', '-', '-', '-'] : columns(n, theirs, most)),
      ...(theirs === undefined
        ? []
        : [(theirs.ms / ours.ms).toFixed(2), alone ? (theirs.cpuMs / ours.cpuMs).toFixed(2) : '-']),
    ]),
  );
}

function columns(n: number, { ms, peakBytes }: Result, most: number | undefined): string[] {
  const rate = (1000 * n) / ms;
  const share = most === undefined ? '-' : `${((100 * rate) / most).toFixed(0)} %`;
  return [rate.toFixed(2), share, (peakBytes / 1e9).toFixed(2)];
}
