// One training step of a sparse autoencoder (forward, backward, Adam, unit norm): ours against saev's in PyTorch; with
// --ghosts, of a transcoder with ghost gradients against transcoder-circuits'.
//
//   npm run build && npx tsx bench/train-step.ts [--python PYTHON] [--rows 2048,16384] [--l0 400,100,32,dense]
//       [--d 768] [--latents 24576] [--threads 2] [--steps 5] [--rounds 2] [--blas NAME|none]
//       [--ghosts SHARE] [--kind relu|topk|batchtopk] [--aux SHARE] [--against dense|unscreened] [--encode] [--json]
//
// --ghosts says which share of the latents is dead, --aux the same of latents that explain what is left (AuxK). Each case runs in
// a process of its own, ours and theirs in turn. Without --python ours is compared with its own step forced to dense products, or
// (--against unscreened) without screening by an 8-bit product. --encode finds codes only, with weights that stay.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { alternate, type Command, printTable, python, type Result, typescript } from './measure.ts';
import type { TrainStepCase, TrainStepMeasured } from './train-step-case.ts';

const { values: flags } = parseArgs({
  options: {
    python: { type: 'string' },
    rows: { type: 'string', default: '2048,16384' },
    l0: { type: 'string', default: '400,100,32,dense' },
    d: { type: 'string', default: '768' },
    latents: { type: 'string', default: '24576' },
    threads: { type: 'string', default: String(availableParallelism()) },
    steps: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '2' },
    blas: { type: 'string' },
    ghosts: { type: 'string', default: '0' },
    kind: { type: 'string', default: 'relu' },
    aux: { type: 'string', default: '0' },
    against: { type: 'string', default: 'dense' },
    encode: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

interface Comparison {
  readonly rows: number;
  readonly l0: number;
  readonly ours: Result;
  readonly theirs: Result;
}

const comparisons: Comparison[] = [];
let names: string[] = [];
for (const rows of flags.rows.split(',').map(Number)) {
  for (const l0 of flags.l0.split(',')) {
    const [ours, theirs] = await alternate<TrainStepMeasured>(
      commands(rows, l0),
      Number(flags.rounds),
    );
    names = [ours!.last.name, theirs!.last.name];
    comparisons.push({ rows, l0: ours!.last.l0, ours: ours!, theirs: theirs! });
    if (!flags.json) console.error(`${rows} rows, L0 ${l0}: done`);
  }
}
if (flags.json) {
  const shapes = { d: Number(flags.d), latents: Number(flags.latents) };
  console.log(JSON.stringify({ ...shapes, names, comparisons }, null, 2));
} else {
  report();
}

/** Our step and the one it is compared with. */
function commands(rows: number, l0: string): Command[] {
  const { d, latents, threads, steps, ghosts, kind, aux } = flags;
  const asked = l0 === 'dense' ? Number(latents) / 2 : Number(l0);
  const given: TrainStepCase = {
    rows,
    d: Number(d),
    latents: Number(latents),
    l0: asked,
    threads: Number(threads),
    steps: Number(steps),
    blas: flags.blas,
    ghosts: Number(ghosts),
    kind: kind as TrainStepCase['kind'],
    aux: Number(aux),
    encodes: flags.encode,
  };
  const ours = (sizes: TrainStepCase): Command =>
    typescript('./train-step-case.ts', JSON.stringify(sizes));
  if (flags.python === undefined) {
    const other =
      flags.against === 'unscreened' ? { screen: 'none' as const } : { products: 'dense' as const };
    return [ours(given), ours({ ...given, ...other })];
  }
  const sizes = ['--rows', String(rows), '--d', d, '--latents', latents, '--l0', String(asked)];
  const args = [...sizes, '--threads', threads, '--steps', steps, '--ghosts', ghosts];
  const what = ['--kind', kind, '--aux', aux];
  return [ours(given), python(flags.python, './train_step.py', ...args, ...what)];
}

function report(): void {
  console.log(`d ${flags.d}, ${flags.latents} latents; ours: ${names[0]}; theirs: ${names[1]}`);
  const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(2);
  printTable(
    [
      'rows',
      'L0',
      'ours ms',
      'CPU ms',
      'GB',
      'theirs ms',
      'CPU ms',
      'GB',
      'times faster',
      'by CPU time',
      'share of memory',
    ],
    comparisons.map(({ rows, l0, ours, theirs }) => [
      String(rows),
      l0.toFixed(0),
      ours.ms.toFixed(0),
      ours.cpuMs.toFixed(0),
      gigabytes(ours.peakBytes),
      theirs.ms.toFixed(0),
      theirs.cpuMs.toFixed(0),
      gigabytes(theirs.peakBytes),
      (theirs.ms / ours.ms).toFixed(2),
      (theirs.cpuMs / ours.cpuMs).toFixed(2),
      (ours.peakBytes / theirs.peakBytes).toFixed(2),
    ]),
  );
}
