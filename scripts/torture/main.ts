// npm run torture: kills jobs at writing calls and damages files, and prints tables of what came of it.
//
//   --kills N     kills of each job [10]          --files N   damaged files for each reader [100]
//   --seed S      for all chance [1]              --jobs A,B  jobs and readers whose names hold one of these words
//   --minutes M   at most, over all [15]          --at N      one deed, at this call
//   --do DEED     kill, half, term, int or fail; by turns when not given
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Random } from '../../src/base/random.ts';
import type { Case } from './damage.ts';
import { damageReader } from './damage-run.ts';
import { closeJobs, JOBS, prepareJob } from './jobs.ts';
import { DEEDS, type Deed, measure, spreadCalls, type Trial, tryKill } from './kills.ts';
import { READERS } from './readers.ts';
import { countBy, table } from './tables.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '10' },
    files: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '' },
    minutes: { type: 'string', default: '15' },
    at: { type: 'string' },
    do: { type: 'string' },
  },
});
const seed = Number(values.seed);
const words = values.jobs.split(',');
const isMeant = ({ name }: { readonly name: string }): boolean =>
  words.some((word) => name.includes(word));
const signal = AbortSignal.timeout(60_000 * Number(values.minutes));

async function killAll(folder: string, shared: string): Promise<Trial[]> {
  const trials: Trial[] = [];
  for (const job of JOBS.filter(isMeant)) {
    if (signal.aborted) break;
    const measured = await measure(job, join(folder, 'whole'), shared);
    await rm(join(folder, 'whole'), { recursive: true });
    const random = new Random(seed, job.name);
    const places = spreadCalls(measured.calls, Number(values.kills), random);
    const chosen = values.at === undefined ? places : [Number(values.at)];
    console.log(`${job.name}: ${measured.calls} writing calls, ${chosen.length} kills`);
    for (const [i, at] of chosen.entries()) {
      if (signal.aborted) break;
      const deed = (values.do as Deed | undefined) ?? DEEDS[i % DEEDS.length]!;
      const trial = await tryKill(measured, join(folder, 'trial'), shared, { deed, at });
      trials.push(trial);
      if (trial.result !== 'same')
        console.log(`  ${deed} at ${at}: ${trial.result}\n    ${trial.about.join('\n    ')}`);
    }
  }
  return trials;
}

async function damageAll(folder: string, shared: string): Promise<Case[]> {
  const cases: Case[] = [];
  for (const { name } of READERS.filter(isMeant)) {
    if (signal.aborted) break;
    const order = { reader: name, from: 0, to: Number(values.files), seed, shared, folder };
    for (const each of await damageReader(order, signal)) {
      cases.push(each);
      if (each.result === 'bad') console.log(`${name}, case ${each.number}: ${each.about}`);
    }
  }
  return cases;
}

function printKills(trials: readonly Trial[]): void {
  const results = ['same', 'leftovers', 'different', 'failed'] as const;
  const rows = [...countBy(trials, ({ job }) => job)].map(([job, n]) => {
    const counts = countBy(
      trials.filter((trial) => trial.job === job),
      ({ result }) => result,
    );
    return [job, n, ...results.map((result) => counts.get(result) ?? 0)];
  });
  const sums = results.map((result) => trials.filter((trial) => trial.result === result).length);
  console.log(
    `\n${table(['job', 'kills', ...results], [...rows, ['sum', trials.length, ...sums]])}`,
  );
}

function printCases(cases: readonly Case[]): void {
  const results = ['read', 'refused', 'bad'] as const;
  const rows = [...countBy(cases, ({ reader }) => reader)].map(([reader, n]) => {
    const counts = countBy(
      cases.filter((each) => each.reader === reader),
      ({ result }) => result,
    );
    return [reader, n, ...results.map((result) => counts.get(result) ?? 0)];
  });
  const sums = results.map((result) => cases.filter((each) => each.result === result).length);
  console.log(
    `\n${table(['reader', 'files', ...results], [...rows, ['sum', cases.length, ...sums]])}`,
  );
}

const folder = await mkdtemp(join(tmpdir(), 'saev-torture-'));
const shared = join(folder, 'shared');
try {
  await mkdir(shared);
  for (const job of JOBS) await prepareJob(job, shared);
  await writeFile(join(shared, 'some.jsonl'), '{"text": "a b"}\n{"text": "c, d"}\n'.repeat(20));
  await writeFile(join(shared, 'job.toml'), 'lr = 1e-3\n[sae]\nkind = "topk"\nk = 8\n');
  const trials = Number(values.kills) > 0 ? await killAll(folder, shared) : [];
  const cases = Number(values.files) > 0 ? await damageAll(folder, shared) : [];
  if (trials.length > 0) printKills(trials);
  if (cases.length > 0) printCases(cases);
  const isBad =
    trials.some(({ result }) => result === 'different' || result === 'failed') ||
    cases.some(({ result }) => result === 'bad');
  process.exitCode = isBad ? 1 : 0;
} finally {
  await closeJobs();
  await rm(folder, { recursive: true, force: true });
}
