// What a run asks for, in names: points to read, points where functions stop it, points whose value is given whole.
import { UserError, unknownName } from '../../../base/errors.ts';
import type { Shape, Value } from '../../../compute/onnx/graph.ts';
import type { HookPoint } from '../../hook-points.ts';
import { type Intervention, LOGITS, LOSS } from '../types.ts';
import { isComputed, replacesAll } from './interventions.ts';
import { LAST_LOGITS } from './language.ts';

/** Results of the whole model: they can be read like hook points, but not changed. */
export const RESULTS: readonly string[] = [LOGITS, LOSS, LAST_LOGITS];

/** Interventions by point, in the order given. */
export type Interventions = ReadonlyMap<HookPoint, readonly Intervention[]>;

export interface Plan {
  readonly read: readonly HookPoint[];
  /** Points where the value is changed, or read by a function, between two stages; in the order of computation. */
  readonly cuts: readonly HookPoint[];
  /** Those cuts whose value a function gives, with their shapes: the model does not compute them. */
  readonly computed: ReadonlyMap<HookPoint, Shape>;
  /** Points whose whole value is given, with their shapes; nothing that only they need is computed. */
  readonly replaced: ReadonlyMap<HookPoint, Shape>;
}

/**
 * Sort the points of a run that reads `names`. `points` are all points of the graph in the order of computation;
 * `length` is the number of positions of the run where all of the prompt is in it.
 */
export function planRun(
  points: ReadonlyMap<HookPoint, Value>,
  names: readonly HookPoint[],
  interventions: Interventions,
  length?: number,
): Plan {
  const wanted = new Set(names);
  const read: HookPoint[] = [];
  const cuts: HookPoint[] = [];
  const computed = new Map<HookPoint, Shape>();
  const replaced = new Map<HookPoint, Shape>();
  const sources = new Set(
    [...interventions.values()]
      .flat()
      .filter(isComputed)
      .map((each) => each.from),
  );
  for (const [point, { shape }] of points) {
    const [only, ...more] = interventions.get(point) ?? [];
    const isSource = sources.has(point);
    const whole =
      only !== undefined && more.length === 0 && replacesAll(only, shape.length, length);
    if (whole && !isSource) replaced.set(point, shape);
    else if (only !== undefined || isSource) cuts.push(point);
    if ([only, ...more].some((each) => each && isComputed(each))) computed.set(point, shape);
    if (wanted.has(point)) read.push(point);
  }
  return { read, cuts, computed, replaced };
}

/**
 * Put interventions together by their points, which are in the order of computation.
 *
 * @throws {UserError} for a point that does not exist, and for a source that is not computed before.
 */
export function byPoint(
  interventions: readonly Intervention[],
  points: readonly HookPoint[],
): Map<HookPoint, Intervention[]> {
  const sorted = new Map<HookPoint, Intervention[]>();
  for (const each of interventions) {
    for (const point of isComputed(each) ? [each.point, each.from] : [each.point])
      if (!points.includes(point)) throw unknownName('hook point', point, points);
    if (isComputed(each) && points.indexOf(each.from) >= points.indexOf(each.point)) {
      throw new UserError(
        `invalid intervention at '${each.point}': '${each.from}' is not computed before it`,
      );
    }
    sorted.set(each.point, [...(sorted.get(each.point) ?? []), each]);
  }
  return sorted;
}
