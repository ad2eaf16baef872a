// Training linear heads of a sweep, three learning rates by three weight decays: ours against saev's loop in PyTorch.
//
//   npm run build && npx tsx bench/probes.ts --python PYTHON [--rows 512,1024,4096] [--d 768] [--classes 151]
//       [--threads 2] [--steps 10] [--rounds 3]
//
// Each case runs in a process of its own, ours and theirs in turn, on one batch that stays in memory.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { alternate, type Measured, printTable, python, typescript } from './measure.ts';
import type { ProbesCase } from './probes-case.ts';

const { values: flags } = parseArgs({
  options: {
    python: { type: 'string' },
    rows: { type: 'string', default: '512,1024,4096' },
    d: { type: 'string', default: '768' },
    classes: { type: 'string', default: '151' },
    threads: { type: 'string', default: String(availableParallelism()) },
    steps: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '3' },
  },
});

const table: string[][] = [];
const { d, classes, threads, steps } = flags;
for (const rows of flags.rows.split(',').map(Number)) {
  const sizes: ProbesCase = { rows, d: Number(d), classes: Number(classes), steps: Number(steps) };
  const ours = typescript('./probes-case.ts', JSON.stringify(sizes));
  const shape = ['--rows', String(rows), '--d', d, '--classes', classes];
  const theirs =
    flags.python === undefined
      ? []
      : [python(flags.python, './probes.py', ...shape, '--threads', threads, '--steps', steps)];
  const [own, other] = await alternate<Measured>([ours, ...theirs], Number(flags.rounds));
  const perSecond = (ms: number): string => Math.round((rows * 1000) / ms).toLocaleString('en');
  table.push([
    String(rows),
    own!.ms.toFixed(1),
    perSecond(own!.ms),
    own!.cpuMs.toFixed(1),
    ...(other === undefined
      ? ['', '', '', '', '']
      : [
          other.ms.toFixed(1),
          perSecond(other.ms),
          other.cpuMs.toFixed(1),
          (other.ms / own!.ms).toFixed(2),
          (other.cpuMs / own!.cpuMs).toFixed(2),
        ]),
  ]);
  console.error(`${rows} rows: done (${own!.last.name}${other ? `; ${other.last.name}` : ''})`);
}
printTable(
  [
    'rows',
    'ours ms',
    'rows/s',
    'CPU ms',
    'theirs ms',
    'rows/s',
    'CPU ms',
    'times faster',
    'by CPU time',
  ],
  table,
);
