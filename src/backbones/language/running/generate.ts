// Continuing a prompt token by token, with keys and values of earlier positions kept from step to step.
import { UserError } from '../../../base/errors.ts';
import { Random } from '../../../base/random.ts';
import type { OnnxTensor } from '../../../compute/onnx/session.ts';
import type { Tensor } from '../../types.ts';
import { cacheNames, LAST_LOGITS } from '../graph/language.ts';
import type { Interventions } from '../graph/plan.ts';
import type { LanguageConfig } from '../model-config.ts';
import type { GenerateOptions } from '../types.ts';
import type { Engine } from './engine.ts';
import type { TokenBatch } from './feeds.ts';
import { checkSampling, sampleToken } from './sampling.ts';

type Kept = { length: number; values: Map<string, OnnxTensor> };

/** Throw a UserError for options that mean nothing, or ask for more than the context holds. */
export function checkGeneration(
  promptLength: number,
  options: GenerateOptions,
  { nCtx, dVocab }: LanguageConfig,
): void {
  const { maxNewTokens, stopTokens = [] } = options;
  checkSampling(options);
  if (!Number.isInteger(maxNewTokens) || maxNewTokens < 1) {
    throw new UserError(`invalid maxNewTokens: ${maxNewTokens}`, {
      hint: 'expected a whole number above 0',
    });
  }
  if (promptLength + maxNewTokens > nCtx) {
    throw new UserError(
      `prompt of ${promptLength} tokens and ${maxNewTokens} new ones are more than the context of ${nCtx}`,
    );
  }
  const bad = stopTokens.find((id) => !(Number.isInteger(id) && id >= 0 && id < dVocab));
  if (bad !== undefined) throw new UserError(`invalid stop token ${bad}`);
}

/** Continue every row of `prompts` until a stop token or `maxNewTokens`; the rows returned begin with their prompts. */
export async function generate(
  engine: Engine,
  prompts: TokenBatch,
  config: LanguageConfig,
  interventions: Interventions,
  options: GenerateOptions,
): Promise<number[][]> {
  const { maxNewTokens, stopTokens = [], seed = 0, useCache = true, onToken, signal } = options;
  const random = new Random(seed, 'generate');
  const rows = prompts.rows.map((row) => [...row]);
  const ended = rows.map(() => false);
  let kept: Kept | undefined = useCache ? emptyCache(rows.length, config) : undefined;
  for (let step = 0; step < maxNewTokens && ended.includes(false); step++) {
    signal?.throwIfAborted();
    const batch = grown(prompts, rows, step);
    const names = [LAST_LOGITS, ...(kept === undefined ? [] : presentNames(config))];
    const results = await engine.compute(names, batch, { interventions, past: kept, signal });
    if (kept !== undefined) kept = keptFrom(results, batch.length, config);
    const { data, shape } = results.get(LAST_LOGITS)!;
    rows.forEach((row, r) => {
      if (ended[r] === true) return;
      const logits = data.subarray(r * shape[1]!, (r + 1) * shape[1]!);
      const token = sampleToken(logits, options, random);
      row.push(token);
      onToken?.(r, token);
      ended[r] = stopTokens.includes(token);
    });
  }
  return rows.map((row, r) => row.slice(prompts.padding?.[r] ?? 0));
}

/** The batch after `step` new tokens; rows that have ended go on with zeros that nobody reads. */
function grown(
  { length, padding }: TokenBatch,
  rows: readonly number[][],
  step: number,
): TokenBatch {
  const filled = rows.map((row) => {
    const all = new Int32Array(length + step);
    all.set(row.slice(0, length + step));
    return all;
  });
  return { rows: filled, length: length + step, padding };
}

function emptyCache(nRows: number, config: LanguageConfig): Kept {
  const { nLayers, nHeads, nKeyHeads = nHeads, dHead } = config;
  const values = new Map<string, OnnxTensor>();
  for (let layer = 0; layer < nLayers; layer++)
    for (const name of Object.values(cacheNames(layer, 'past')))
      values.set(name, { data: new Float32Array(0), shape: [nRows, nKeyHeads, 0, dHead] });
  return { length: 0, values };
}

function presentNames({ nLayers }: LanguageConfig): string[] {
  return Array.from({ length: nLayers }, (_, i) => Object.values(cacheNames(i, 'present'))).flat();
}

/** What one step gave as keys and values is what the next one knows. */
function keptFrom(
  results: ReadonlyMap<string, Tensor>,
  length: number,
  { nLayers }: LanguageConfig,
): Kept {
  const values = new Map<string, OnnxTensor>();
  for (let layer = 0; layer < nLayers; layer++) {
    const [past, present] = [cacheNames(layer, 'past'), cacheNames(layer, 'present')];
    values.set(past.k, results.get(present.k)!).set(past.v, results.get(present.v)!);
  }
  return { length, values };
}
