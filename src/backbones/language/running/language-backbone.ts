// A language model at work: what the floors above call.
import { UserError, unknownName } from '../../../base/errors.ts';
import {
  blocksUpTo,
  type HookPoint,
  isHeadInput,
  isOptional,
  parseHook,
} from '../../hook-points.ts';
import type { Tensor } from '../../types.ts';
import { checkIntervention } from '../graph/interventions.ts';
import { LAST_LOGITS, type LanguageParts, languageGraph } from '../graph/language.ts';
import { byPoint, type Interventions, RESULTS } from '../graph/plan.ts';
import { joinRows, rowsOfInterventions } from '../graph/rows.ts';
import {
  type LanguageBackbone,
  type LanguageRunOptions,
  LOGITS,
  LOSS,
  type RecordOptions,
} from '../types.ts';
import type { LanguageMatrices } from '../weights/matrices.ts';
import { createEngine, type EngineOptions } from './engine.ts';
import { checkTokens, rowsOf, type TokenBatch } from './feeds.ts';
import { checkGeneration, generate } from './generate.ts';
import { nextTokenLosses } from './loss.ts';

export interface LanguageBackboneOptions extends EngineOptions {
  /** The name the person gave. */
  readonly checkpoint: string;
  readonly matrices: LanguageMatrices;
  /** Tokens computed at a time: more take more memory and, beyond some hundreds, hardly less time. */
  readonly tokensPerRun?: number;
  /** Called when the backbone is closed. */
  readonly onClose?: () => Promise<void>;
}

/** Make a backbone of a model's parts. Nothing is loaded until the first run. */
export function languageBackbone(
  parts: LanguageParts,
  options: LanguageBackboneOptions,
): LanguageBackbone {
  const { checkpoint, matrices, tokensPerRun = 1024, onClose, ...engineOptions } = options;
  const { config } = parts;
  const engine = createEngine(parts, engineOptions);
  const points = [...languageGraph(parts).keys()].filter((name) => !RESULTS.includes(name));
  const hookPoints = points.filter((point) => !isOptional(point));
  let last: Promise<unknown> = Promise.resolve();
  let closed = false;

  /** One run at a time: each uses all cores, and a session must not be dropped while it is in use. */
  const inTurn = <T>(work: () => Promise<T>, { signal }: LanguageRunOptions): Promise<T> => {
    const mine = last.then(() => {
      if (closed) throw new Error('the language model is closed');
      engineOptions.signal?.throwIfAborted();
      signal?.throwIfAborted();
      return work();
    });
    last = mine.catch(() => undefined);
    return mine;
  };

  const checked = (
    { interventions = [] }: LanguageRunOptions,
    lengths: { promptLength: number; length: number },
  ): Interventions => {
    const sorted = byPoint(interventions, points);
    refuseSplitNorms(sorted.keys());
    return new Map(
      [...sorted].map(([point, all]) => [
        point,
        all.map((each) => checkIntervention(each, lengths)),
      ]),
    );
  };

  /** Compute points of a batch, some rows at a time. */
  async function record(
    names: readonly HookPoint[],
    batch: TokenBatch,
    runOptions: LanguageRunOptions,
  ): Promise<Map<HookPoint, Tensor>> {
    const { length, rows } = batch;
    const interventions = checked(runOptions, { promptLength: length, length });
    if (names.length === 0) return new Map();
    const step = Math.max(1, Math.floor(tokensPerRun / length));
    return inTurn(async () => {
      const pieces: Map<HookPoint, Tensor>[] = [];
      for (let start = 0; start < rows.length; start += step) {
        const end = Math.min(start + step, rows.length);
        pieces.push(
          await engine.compute(names, rowsOf(batch, start, end), {
            interventions: rowsOfInterventions(interventions, { start, end, of: rows.length }),
            firstRow: start,
            signal: runOptions.signal,
          }),
        );
      }
      return new Map(
        [...pieces[0]!.keys()].map((name) => [
          name,
          joinRows(pieces.map((piece) => piece.get(name)!)),
        ]),
      );
    }, runOptions);
  }

  const backbone: LanguageBackbone = {
    checkpoint,
    config,
    hookPoints,
    optionalHookPoints: points.filter(isOptional),
    matrices,
    run: async (tokens, runOptions) =>
      record(
        namesToRecord(runOptions, points, config.nLayers),
        checkTokens(tokens, config, runOptions),
        runOptions,
      ),
    async logits(tokens, runOptions = {}) {
      const batch = checkTokens(tokens, config, runOptions);
      return (await record([LOGITS], batch, runOptions)).get(LOGITS)!;
    },
    async loss(tokens, runOptions = {}) {
      const batch = checkTokens(tokens, config, runOptions);
      if (batch.length < 2) throw new UserError('missing tokens: one token has no next one');
      return nextTokenLosses((await record([LOSS], batch, runOptions)).get(LOSS)!, batch);
    },
    async generate(prompts, runOptions) {
      const batch = checkTokens(prompts, config, runOptions);
      checkGeneration(batch.length, runOptions, config);
      const lengths = {
        promptLength: batch.length,
        length: batch.length + runOptions.maxNewTokens,
      };
      const interventions = checked(runOptions, lengths);
      return inTurn(() => generate(engine, batch, config, interventions, runOptions), runOptions);
    },
    async close() {
      closed = true;
      await engine.close();
      await onClose?.();
    },
  };
  return backbone;
}

/**
 * The points that a run records.
 *
 * @throws {UserError} for unknown ones and for those behind the last block to run.
 */
function namesToRecord(
  { record, stopAtLayer }: RecordOptions,
  points: readonly HookPoint[],
  nLayers: number,
): HookPoint[] {
  const stop = stopAtLayer === undefined || stopAtLayer >= 0 ? stopAtLayer : nLayers + stopAtLayer;
  if (stop !== undefined && !(Number.isInteger(stop) && stop >= 0 && stop <= nLayers)) {
    throw new UserError(`invalid stopAtLayer: ${stopAtLayer}`, {
      hint: `the model has ${nLayers} layers`,
    });
  }
  const isThere = (point: HookPoint): boolean => stop === undefined || blocksUpTo(point) <= stop;
  if (typeof record === 'function') {
    return points.filter((point) => !isOptional(point) && isThere(point) && record(point));
  }
  const known = [...points, LOGITS, LOSS, LAST_LOGITS];
  for (const point of record) {
    if (!known.includes(point)) throw unknownName('hook point', point, known);
    if (!isThere(point)) {
      throw new UserError(`hook point '${point}' is not reached: the run stops at layer ${stop}`);
    }
  }
  return [...new Set(record)];
}

/**
 * With separate inputs for each head, the norm before attention is computed once a head, and its points show a copy
 * that attention does not read.
 */
function refuseSplitNorms(points: Iterable<HookPoint>): void {
  const all = [...points];
  for (const point of all) {
    const norm = parseHook(point);
    if (norm?.part.startsWith('ln1.') !== true) continue;
    const split = all.find((each) => isHeadInput(each) && parseHook(each)?.layer === norm.layer);
    if (split === undefined) continue;
    throw new UserError(`unsupported interventions: '${point}' and '${split}' in one run`, {
      hint: `with '${split}', each head has a norm of its own`,
    });
  }
}
