// Tokens per second of a language model with GPT-2-small's shapes and random weights: ours against TransformerLens.
//
//   npm run build && npx tsx bench/language.ts [--python PYTHON] [--batch 8] [--length 128] [--threads 2] [--calls 3]
//       [--rounds 2] [--tmp FOLDER] [--json]
//
// Both sides read the same files. "One hook" stops behind blocks.8.ln2.hook_normalized, where a transcoder of layer 8
// reads; generation goes on from prompts of 16 tokens, one sequence at a time, with keys and values kept.
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeGpt2 } from './gpt2-files.ts';
import type { LanguageCase, LanguageWork } from './language-case.ts';
import {
  alternate,
  type Command,
  type Measured,
  printTable,
  python,
  type Result,
  typescript,
} from './measure.ts';

const { values: flags } = parseArgs({
  options: {
    python: { type: 'string' },
    batch: { type: 'string', default: '8' },
    length: { type: 'string', default: '128' },
    threads: { type: 'string', default: String(availableParallelism()) },
    calls: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '2' },
    tmp: { type: 'string', default: tmpdir() },
    json: { type: 'boolean', default: false },
  },
});

interface Comparison {
  readonly work: LanguageWork;
  readonly nTokens: number;
  readonly ours: Result;
  readonly theirs?: Result;
}

const POINT = 'blocks.8.ln2.hook_normalized';
const NEW_TOKENS = 32;
const WORKS: readonly LanguageWork[] = [
  'logits',
  'logits and one hook',
  'one hook',
  'loss',
  'generate',
];

const model = await mkdtemp(join(flags.tmp, 'saev-language-'));
const comparisons: Comparison[] = [];
let names: string[] = [];
try {
  await writeGpt2(model);
  for (const work of WORKS) comparisons.push(await compare(work));
} finally {
  await rm(model, { recursive: true, force: true });
}
if (flags.json) console.log(JSON.stringify({ names, comparisons }, null, 2));
else report();

async function compare(work: LanguageWork): Promise<Comparison> {
  const generates = work === 'generate';
  const [batch, length] = generates ? [1, 16] : [Number(flags.batch), Number(flags.length)];
  const [threads, calls] = [Number(flags.threads), Number(flags.calls)];
  const job: LanguageCase = {
    work,
    model,
    batch,
    length,
    threads,
    calls,
    point: POINT,
    newTokens: NEW_TOKENS,
  };
  const commands: Command[] = [typescript('./language-case.ts', JSON.stringify(job))];
  if (flags.python !== undefined)
    commands.push(python(flags.python, './language.py', JSON.stringify(job)));
  const results = await alternate<Measured>(commands, Number(flags.rounds));
  names = results.map(({ last }) => last.name);
  if (!flags.json) console.error(`${work}: done`);
  const [ours, theirs] = results;
  return { work, nTokens: generates ? NEW_TOKENS : batch * length, ours: ours!, theirs };
}

function report(): void {
  console.log(`ours: ${names[0]}; theirs: ${names[1] ?? 'not asked for'}`);
  const rate = (n: number, { ms }: Result): string => ((1000 * n) / ms).toFixed(0);
  const gigabytes = ({ peakBytes }: Result): string => (peakBytes / 1e9).toFixed(2);
  printTable(
    ['', 'ours tokens/s', 'GB', 'theirs tokens/s', 'GB', 'times faster', 'by CPU time'],
    comparisons.map(({ work, nTokens, ours, theirs }) => [
      work,
      rate(nTokens, ours),
      gigabytes(ours),
      ...(theirs === undefined
        ? ['-', '-', '-', '-']
        : [
            rate(nTokens, theirs),
            gigabytes(theirs),
            (theirs.ms / ours.ms).toFixed(2),
            (theirs.cpuMs / ours.cpuMs).toFixed(2),
          ]),
    ]),
  );
}
