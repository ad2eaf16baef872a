// Running a language model's graphs: for each plan one session, in stages where functions change values.
import type { Shape } from '../../../compute/onnx/graph.ts';
import type { OnnxTensor, OpenSession, SessionOptions } from '../../../compute/onnx/session.ts';
import { createSessionCache } from '../../../compute/onnx/session-cache.ts';
import { openStagedSession, type StagedSession } from '../../../compute/onnx/staged-session.ts';
import type { HookPoint } from '../../hook-points.ts';
import type { Tensor } from '../../types.ts';
import { type Edit, edited, intervene } from '../graph/interventions.ts';
import { type LanguageGraphOptions, type LanguageParts, languageGraph } from '../graph/language.ts';
import { type Interventions, type Plan, planRun } from '../graph/plan.ts';
import { feedsOf, type TokenBatch } from './feeds.ts';

export interface EngineOptions extends SessionOptions {
  /** Loads graphs: `openSession` in Node. */
  readonly openSession: OpenSession;
  /** Graphs kept open, each with its own copy of the weights in memory. */
  readonly maxSessions?: number;
}

interface ComputeOptions {
  readonly interventions: Interventions;
  /** Index of the batch's first row among all rows that were asked for. */
  readonly firstRow?: number;
  /** Keys and values of positions `0 … length − 1`, by the names of `cacheNames`; none at the first step. */
  readonly past?: { readonly length: number; readonly values: ReadonlyMap<string, OnnxTensor> };
  readonly signal?: AbortSignal;
}

/** Computes points of a batch that fits into memory. Calls must not overlap. */
export interface Engine {
  compute(
    names: readonly HookPoint[],
    batch: TokenBatch,
    options: ComputeOptions,
  ): Promise<Map<HookPoint, Tensor>>;
  close(): Promise<void>;
}

/** Make an engine for a model's parts. Nothing is loaded until it computes. */
export function createEngine(parts: LanguageParts, options: EngineOptions): Engine {
  const { maxSessions = 2, ...sessionOptions } = options;
  const cache = createSessionCache<StagedSession>(maxSessions);
  const points = {
    plain: languageGraph(parts),
    cached: languageGraph(parts, undefined, { cache: true }),
  };

  const open = async (plan: Plan, graphOptions: LanguageGraphOptions): Promise<StagedSession> => {
    const { cutIntoStages } = await import('../../../compute/onnx/stages.ts');
    const { read, cuts, computed, replaced } = plan;
    const graph = languageGraph(
      parts,
      new Set([...read, ...cuts, ...replaced.keys()]),
      graphOptions,
    );
    const pick = (names: Iterable<HookPoint>) =>
      new Map([...names].map((name) => [name, graph.get(name)!]));
    const made = read.filter((name) => !replaced.has(name) && !computed.has(name));
    const given = pick([...replaced.keys(), ...computed.keys()]);
    const models = cutIntoStages(pick(made), pick(cuts), given);
    return openStagedSession(models, cuts, sessionOptions);
  };

  return {
    async compute(names, batch, { interventions, firstRow = 0, past, signal }) {
      const graphOptions = { padded: batch.padding !== undefined, cache: past !== undefined };
      const plan = planRun(
        past === undefined ? points.plain : points.cached,
        names,
        interventions,
        past === undefined ? batch.length : undefined,
      );
      const { read, cuts, computed, replaced } = plan;
      const key = JSON.stringify([
        read,
        cuts,
        [...computed.keys(), 0, ...replaced.keys()],
        graphOptions,
      ]);
      const session = await cache.get(key, () => open(plan, graphOptions));
      const nPast = past?.length ?? 0;
      const positions = Array.from({ length: batch.length - nPast }, (_, i) => nPast + i);
      const sizes: Record<string, number> = {
        batch: batch.rows.length,
        positions: positions.length,
        'past+positions': batch.length,
      };
      const context = (point: HookPoint) => ({ point, firstRow, positions });
      const given = new Map<HookPoint, Tensor>();
      const shapeOf = (dims: Shape): number[] =>
        dims.map((dim) => (typeof dim === 'number' ? dim : sizes[dim]!));
      for (const [point, dims] of replaced) {
        const shape = shapeOf(dims);
        const blank = { data: new Float32Array(shape.reduce((a, b) => a * b, 1)), shape };
        given.set(point, edited(blank, interventions.get(point)![0] as Edit, context(point)));
      }
      const feeds = new Map([...feedsOf(batch, parts.config, nPast), ...(past?.values ?? [])]);
      for (const [point, value] of given) {
        const isRead = read.includes(point);
        feeds.set(point, isRead ? { ...value, data: value.data.slice() } : value);
      }
      const passed = new Map<HookPoint, Tensor>();
      const change = async (point: HookPoint, value: OnnxTensor | undefined): Promise<Tensor> => {
        const changed = await intervene(
          value as Tensor | undefined,
          interventions.get(point) ?? [],
          {
            ...context(point),
            shape: value?.shape ?? shapeOf(computed.get(point)!),
            valueAt: (from) => passed.get(from)!,
          },
        );
        passed.set(point, changed);
        return changed;
      };
      const results = await session.run(feeds, change, signal);
      return new Map(read.map((name) => [name, given.get(name) ?? (results.get(name) as Tensor)]));
    },
    close: () => cache.close(),
  };
}
