// A training run.
import { join } from 'node:path';
import { UserError } from '../../base/errors.ts';
import { kindOfPath, readJson } from '../../base/files.ts';
import { number, short } from '../../base/text.ts';
import { packageVersion } from '../../base/version.ts';
import {
  evaluationNumbers,
  lastTrainingLine,
  runState,
} from '../../training/comparing/run-files.ts';
import { TrainConfig } from '../../training/config/train-config.ts';
import { savedSteps } from '../../training/group/state.ts';
import { type RunRecord, readRunRecord } from '../../training/runs/run-directory.ts';
import { lossScore, type Numbers, numbersOf } from './numbers.ts';
import type { DescribedRun } from './run-table.ts';

/** Describe a run directory; undefined when the folder is none. */
export async function describeRun(path: string): Promise<DescribedRun | undefined> {
  if ((await kindOfPath(join(path, 'run.json'))) !== 'file') return undefined;
  const record = await readRunRecord(path);
  const config = await readConfig(join(path, 'config.json'), record.version);
  const state = await stateOf(path, record);
  const last = await lastNumbers(path);
  const evaluation = await evaluationNumbers(path);
  const { sae, objective, data } = config;
  const width =
    sae.dSae === undefined ? `${sae.expFactor} times the width` : `${number(sae.dSae)} latents`;
  const facts: (readonly [string, string])[] = [
    ['state', state],
    ['started', record.started],
    ...(record.tag === undefined ? [] : [['tag', record.tag] as const]),
    ['autoencoder', `${sae.kind}, ${width}`],
    ['objective', `${objective.kind}, sparsity ${objective.sparsityCoeff}`],
    ['data', describeData(data)],
    [
      'schedule',
      `${number(config.nPatches ?? Number.NaN)} rows, ${number(config.saeBatchSize ?? Number.NaN)} a step, lr ${config.lr}`,
    ],
    ...numbers('last logged', inWords(last)),
    ...numbers('evaluation', evaluation),
  ];
  return {
    kind: 'run',
    path,
    summary: `${state.replace(/;.*/, '')}, ${sae.kind}, ${objective.kind} ${objective.sparsityCoeff}, lr ${config.lr}${result(evaluation)}`,
    facts,
    data: { record, config, last, evaluation },
    row: {
      started: record.started,
      state: state.replace(/;.*/, ''),
      kind: sae.kind,
      sparsity: objective.sparsityCoeff,
      lr: config.lr,
      evaluation: evaluation ?? {},
    },
  };
}

/** The settings of a run, which another version of saev may have written. */
async function readConfig(path: string, version: string): Promise<TrainConfig> {
  const parsed = TrainConfig.safeParse(await readJson(path, 'run config'));
  if (parsed.success) return parsed.data;
  const { path: key, message } = parsed.error.issues[0]!;
  throw new UserError(
    `invalid run config: ${key.join('.') || 'the file'} in '${path}': ${message}`,
    {
      hint: `saev ${version} wrote it, and this is ${packageVersion()}: the trained coder, in checkpoint/ beside it, can be read all the same`,
    },
  );
}

/** Metrics that are worth a look at the end of a training, in the words of its charts. */
const WORDS: Readonly<Record<string, string>> = {
  step: 'step',
  'losses/loss': 'loss',
  'losses/mse': 'MSE',
  'metrics/l0': 'L0',
  'metrics/explained_variance': 'explained variance',
  'sparsity/dead_features': 'share of dead latents',
  'progress/n_patches_seen': 'rows seen',
  'progress/learning_rate': 'learning rate',
};

function inWords(metrics: Numbers | undefined): Numbers | undefined {
  if (metrics === undefined) return undefined;
  const known = Object.entries(WORDS).flatMap(([name, word]) =>
    metrics[name] === undefined ? [] : [[word, metrics[name]] as const],
  );
  return Object.fromEntries(known);
}

/** The state of a run, and how an unfinished one goes on. */
async function stateOf(path: string, record: RunRecord): Promise<string> {
  const state = await runState(path, record);
  if (state !== 'stopped') return state;
  const step = (await savedSteps(join(path, 'state'))).at(-1);
  const from = step === undefined ? 'from the beginning' : `from step ${number(step)}`;
  return `stopped; the same command with --resume goes on ${from}`;
}

/** Where the rows came from, and which of them. */
function describeData({ live, language, shardRoot, layer, target }: TrainConfig['data']): string {
  if (live !== undefined) return `live, ${live.vitFamily}`;
  const from = language === undefined ? shardRoot : `texts, ${language.model}`;
  if (language === undefined && target === undefined) return from;
  return `${from}, ${layer}${target === undefined ? '' : ` to ${target}`}`;
}

function result(evaluation: Numbers | undefined): string {
  const { l0, explainedVariance } = evaluation ?? {};
  if (l0 === undefined || explainedVariance === undefined) return '';
  const share = lossScore(evaluation!);
  const score = share === undefined ? '' : `, loss score ${short(share)}`;
  return `, L0 ${short(l0)}, explained variance ${short(explainedVariance)}${score}`;
}

function numbers(label: string, values: Numbers | undefined): [string, string][] {
  if (values === undefined) return [];
  const text = Object.entries(values).map(([name, value]) => `${name} ${short(value)}`);
  return [[label, text.join(', ')]];
}

/** The numbers of the last step that was logged. */
async function lastNumbers(path: string): Promise<Numbers | undefined> {
  const line = await lastTrainingLine(path);
  if (line === undefined) return undefined;
  const { time: _, ...numbers } = numbersOf(line);
  return numbers;
}
