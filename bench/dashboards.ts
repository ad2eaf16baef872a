// Dashboards for all features of a layer in one pass over the tokens: time and memory beyond the model's own forward
// pass up to that layer, and against the original's get_feature_scores, which takes a pass for each feature.
//
//   npm run build && npx tsx bench/dashboards.ts [--python PYTHON] [--contexts 64] [--length 128] [--d-sae 24576]
//       [--tables 512] [--features 2] [--threads 2] [--rounds 2] [--tmp FOLDER] [--json]
//
// Weights are random, of GPT-2-small's shapes; Python needs the original's modules on PYTHONPATH. Both sides are timed
// on the same number of tokens. Tables (logits, embeddings, heads) come from weights alone: their time does not grow
// with the tokens, and is told for --tables features.
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { DashboardsCase, DashboardsMeasured } from './dashboards-case.ts';
import { writeGpt2 } from './gpt2-files.ts';
import { printTable, python, runJson, typescript } from './measure.ts';

const { values: flags } = parseArgs({
  options: {
    python: { type: 'string' },
    contexts: { type: 'string', default: '64' },
    length: { type: 'string', default: '128' },
    'd-sae': { type: 'string', default: '24576' },
    tables: { type: 'string', default: '512' },
    features: { type: 'string', default: '2' },
    threads: { type: 'string', default: String(availableParallelism()) },
    rounds: { type: 'string', default: '2' },
    tmp: { type: 'string', default: tmpdir() },
    json: { type: 'boolean', default: false },
  },
});

/** What bench/dashboards.py prints. */
interface Original {
  readonly name: string;
  readonly featureMs: number;
  readonly peakBytes: number;
}

const model = await mkdtemp(join(flags.tmp, 'saev-dashboards-'));
try {
  await writeGpt2(model);
  const job: DashboardsCase = {
    model,
    point: 'blocks.8.ln2.hook_normalized',
    contexts: Number(flags.contexts),
    length: Number(flags.length),
    dSae: Number(flags['d-sae']),
    tables: Number(flags.tables),
    features: Number(flags.features),
    threads: Number(flags.threads),
    rounds: Number(flags.rounds),
  };
  const text = JSON.stringify(job);
  const ours = await runJson<DashboardsMeasured>(typescript('./dashboards-case.ts', text));
  const theirs =
    flags.python === undefined
      ? undefined
      : await runJson<Original>(python(flags.python, './dashboards.py', text));
  if (flags.json) console.log(JSON.stringify({ job, ours, theirs }, null, 2));
  else report(job, ours, theirs);
} finally {
  await rm(model, { recursive: true, force: true });
}

function report(job: DashboardsCase, ours: DashboardsMeasured, theirs: Original | undefined): void {
  const tokens = job.contexts * job.length;
  const seconds = (ms: number): string => (ms / 1000).toFixed(1);
  const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(2);
  console.log(
    `${tokens} tokens, ${job.dSae} features, ${ours.l0.toFixed(0)} a token; ${ours.name}`,
  );
  printTable(
    ['', 'seconds', 'of the forward pass', 'GB'],
    [
      ['model up to the layer', seconds(ours.forwardMs), '1.00', gigabytes(ours.forwardBytes)],
      ['encoding alone', seconds(ours.encodeMs), (ours.encodeMs / ours.forwardMs).toFixed(2), '-'],
      [
        'all features in one pass',
        seconds(ours.passMs),
        (ours.passMs / ours.forwardMs).toFixed(2),
        gigabytes(ours.peakBytes),
      ],
    ],
  );
  if (job.tables > 0) console.log(`tables of ${job.tables} features: ${seconds(ours.tablesMs)} s`);
  if (theirs === undefined) return;
  const all = theirs.featureMs * job.dSae;
  console.log(`${theirs.name}: ${seconds(theirs.featureMs)} s a feature`);
  console.log(
    `all features: ${(all / 3.6e6).toFixed(0)} h, ${Math.round(all / ours.passMs)} times as long; ${gigabytes(theirs.peakBytes)} GB`,
  );
}
