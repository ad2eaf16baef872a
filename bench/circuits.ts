// Time and memory of circuits with GPT-2 small's shapes, 12 transcoders of 24,576 features and random weights: the exact
// attribution graph, and path search as transcoder-circuits does it, ours against the original.
//
//   npm run build && npx tsx bench/circuits.ts [--python PYTHON --originals FOLDER] [--tokens 64] [--max-nodes 512]
//       [--heads 4] [--iterations 3] [--branches 15] [--threads 2] [--l0 64] [--tmp FOLDER] [--json]
//
// PYTHON has TransformerLens, FOLDER the original's transcoder_circuits/ and sae_training/. All read the same files (2 GB,
// removed at the end). Features fire as often as --l0 says: random encoder rows, with one bias for all that lets so many
// through. One run each, after the model and every transcoder have run once; memory is the peak of the process less what
// it held then.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Random } from '../src/base/random.ts';
import type { CircuitCase, CircuitWork, MeasuredCircuit } from './circuits-case.ts';
import { writeGpt2 } from './gpt2-files.ts';
import { type Command, printTable, python, runJson, typescript } from './measure.ts';

const { values: flags } = parseArgs({
  options: {
    python: { type: 'string' },
    originals: { type: 'string' },
    tokens: { type: 'string', default: '64' },
    'max-nodes': { type: 'string', default: '512' },
    heads: { type: 'string', default: '4' },
    iterations: { type: 'string', default: '3' },
    branches: { type: 'string', default: '15' },
    threads: { type: 'string', default: String(availableParallelism()) },
    l0: { type: 'string', default: '64' },
    tmp: { type: 'string', default: tmpdir() },
    json: { type: 'boolean', default: false },
  },
});
const [N_LAYERS, D_MODEL, D_SAE] = [12, 768, 24_576];

const folder = await mkdtemp(join(flags.tmp, 'saev-circuits-'));
try {
  await writeGpt2(folder);
  await writeTranscoders();
  const random = new Random(2);
  const tokens = Array.from({ length: Number(flags.tokens) }, () => random.int(50_257));
  const job = (work: CircuitWork): CircuitCase => ({
    work,
    folder,
    nLayers: N_LAYERS,
    dModel: D_MODEL,
    dSae: D_SAE,
    // Pre-activations are standard normal, whose tail of p = 64 / 24,576 begins at 2.79.
    bias: -tailOf(Number(flags.l0) / D_SAE),
    tokens,
    threads: Number(flags.threads),
    layer: 8,
    iterations: Number(flags.iterations),
    branches: Number(flags.branches),
    maxNodes: Number(flags['max-nodes']),
    heads: Number(flags.heads),
  });
  const results: [string, MeasuredCircuit][] = [];
  const measure = async (what: string, command: Command): Promise<void> => {
    const measured = await runJson<MeasuredCircuit>(command);
    results.push([what, measured]);
    if (!flags.json) console.error(`${what}: ${JSON.stringify(measured)}`);
  };
  const ours = (work: CircuitWork): Command =>
    typescript('./circuits-case.ts', JSON.stringify(job(work)));
  await measure('exact graph', ours('exact'));
  await measure('path search', ours('compatible'));
  if (flags.python !== undefined) {
    const originals = flags.originals ?? '';
    const given = JSON.stringify(job('compatible'));
    await measure(
      "original's path search",
      python(flags.python, './circuits.py', given, originals),
    );
  }
  if (flags.json) console.log(JSON.stringify(Object.fromEntries(results), null, 2));
  else report(results);
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function writeTranscoders(): Promise<void> {
  for (let layer = 0; layer < N_LAYERS; layer++) {
    const random = new Random(1, String(layer));
    for (const name of [`enc${layer}`, `dec${layer}`]) {
      const rows = new Float32Array(D_SAE * D_MODEL);
      const scale = Math.sqrt(3 / D_MODEL);
      for (let i = 0; i < rows.length; i++) rows[i] = scale * (2 * random.float() - 1);
      await writeFile(join(folder, `${name}.f32`), rows);
    }
  }
}

function report(results: readonly [string, MeasuredCircuit][]): void {
  const original = results[2]?.[1];
  const times = (a: number | undefined, b: number): string =>
    a === undefined ? '-' : `${(a / b).toFixed(2)}×`;
  printTable(
    ['', 'seconds', 'CPU seconds', 'GB beyond weights', 'original takes', 'CPU', 'memory'],
    results.map(([what, { seconds, cpuSeconds, beyondBytes }]) => [
      what,
      seconds.toFixed(2),
      cpuSeconds.toFixed(2),
      (beyondBytes / 1e9).toFixed(2),
      times(original?.seconds, seconds),
      times(original?.cpuSeconds, cpuSeconds),
      times(original?.beyondBytes, beyondBytes),
    ]),
  );
  for (const [what, { name, found }] of results) console.log(`${what} (${name}): ${found}`);
}

/** Where the upper tail of the standard normal distribution has probability `p` (Abramowitz and Stegun 26.2.23). */
function tailOf(p: number): number {
  const t = Math.sqrt(-2 * Math.log(p));
  const above = 2.515517 + t * (0.802853 + 0.010328 * t);
  return t - above / (1 + t * (1.432788 + t * (0.189269 + 0.001308 * t)));
}
