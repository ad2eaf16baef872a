// What is done to a tensor at a hook point between two stages of a run.
import { UserError } from '../../../base/errors.ts';
import { showShape, sizeOf } from '../../../compute/onnx/graph.ts';
import { type HookPoint, positionAxis, rankAt } from '../../hook-points.ts';
import type { Tensor } from '../../types.ts';
import type { HookContext, Intervention } from '../types.ts';

/** An intervention that gives numbers, not a function. */
export type Edit = Exclude<Intervention, { apply: unknown } | { compute: unknown }>;

/**
 * Check an intervention before anything runs and give it with positions that count from 0. `promptLength` is what
 * negative positions count from, `length` the number of positions that there will be.
 */
export function checkIntervention(
  each: Intervention,
  { promptLength, length }: { promptLength: number; length: number },
): Intervention {
  if ('apply' in each || 'compute' in each) return each;
  const { data, shape } = givenBy(each);
  if (
    shape.some((size) => !Number.isSafeInteger(size) || size < 1) ||
    data.length !== sizeOf(shape)
  ) {
    throw new UserError(
      `invalid tensor for '${each.point}': ${data.length} elements do not fill ${showShape(shape)}`,
    );
  }
  const entries = sizeAt(shape, positionAxis(each.point), rankAt(each.point));
  if (each.positions === undefined && entries !== 1 && entries !== promptLength) {
    throw new UserError(
      `invalid shape of an intervention at '${each.point}': ${showShape(shape)} is for ${entries} positions, the prompt has ${promptLength}`,
    );
  }
  const positions = each.positions?.map((position) => {
    const at = position < 0 ? promptLength + position : position;
    if (Number.isInteger(at) && at >= 0 && at < length) return at;
    throw new UserError(
      `invalid position ${position} of an intervention at '${each.point}': there are ${length}`,
    );
  });
  return { ...each, positions };
}

/**
 * Tell whether an intervention gives every element of a tensor, whatever was there before; `length` is the number of
 * its positions, where it has those from the first on.
 */
export function replacesAll(edit: Intervention, rank: number, length?: number): boolean {
  if (!('replace' in edit) || edit.positions !== undefined) return false;
  const entries = sizeAt(edit.replace.shape, positionAxis(edit.point), rank);
  return entries === 1 || entries === length;
}

/** What an intervention meets at its point. */
interface InterventionContext extends HookContext {
  /** Of the point's tensor, `[batch, positions, …]`. */
  readonly shape: readonly number[];
  /** Give the value of an earlier point. */
  readonly valueAt: (point: HookPoint) => Tensor;
}

/**
 * Apply interventions to a point's value in order; those before the last that computes the value anew change nothing.
 * There must be such a one where there is no value.
 *
 * @throws {UserError} when shapes do not fit.
 */
export async function intervene(
  value: Tensor | undefined,
  interventions: readonly Intervention[],
  { shape, valueAt, ...context }: InterventionContext,
): Promise<Tensor> {
  let current = value;
  const first = Math.max(0, interventions.findLastIndex(isComputed));
  for (const each of interventions.slice(first)) {
    if ('compute' in each) current = await each.compute(valueAt(each.from), context);
    else if ('apply' in each) current = await each.apply(current!, context);
    else current = edited(current!, each, context);
    if (current.shape.join() !== shape.join() || current.data.length !== sizeOf(shape)) {
      throw new UserError(
        `invalid result of a function at '${context.point}': ${showShape(current.shape)}, expected ${showShape(shape)}`,
      );
    }
  }
  return current!;
}

/** Tell whether an intervention computes the whole value of its point from an earlier point. */
export function isComputed(
  each: Intervention,
): each is Extract<Intervention, { compute: unknown }> {
  return 'compute' in each;
}

/** `value` with the numbers of `edit` in place of its own, or added to them, at the chosen positions. */
export function edited(value: Tensor, edit: Edit, { point, positions }: HookContext): Tensor {
  const axis = positionAxis(point);
  const given = givenBy(edit);
  const rank = value.shape.length;
  const entries = sizeAt(given.shape, axis, rank);
  const chosen = edit.positions ?? (entries > 1 ? [...Array(entries).keys()] : positions);
  const inner = offsets(value.shape.slice(axis + 1), given.shape.slice(-(rank - axis - 1)));
  const outer = offsets(value.shape.slice(0, axis), leading(given.shape, axis, rank));
  const fits = given.shape.length <= rank && (entries === 1 || entries === chosen.length);
  if (!fits || inner === undefined || outer === undefined) {
    const target = value.shape.map((size, i) => (i === axis ? chosen.length : size));
    throw new UserError(
      `invalid shape of an intervention at '${point}': ${showShape(given.shape)} does not broadcast to ${showShape(target)}`,
    );
  }
  const data = Float32Array.from(value.data);
  const width = inner.length;
  const givenWidth = sizeOf(given.shape.slice(-(rank - axis - 1)));
  const replaces = 'replace' in edit;
  chosen.forEach((position, entry) => {
    const place = positions.indexOf(position);
    if (place < 0) return;
    const entryAt = entries === 1 ? 0 : entry * givenWidth;
    for (const [o, offset] of outer.entries()) {
      const to = (o * positions.length + place) * width;
      const from = offset * entries * givenWidth + entryAt;
      for (let i = 0; i < width; i++) {
        const number = given.data[from + inner[i]!]!;
        data[to + i] = replaces ? number : data[to + i]! + number;
      }
    }
  });
  return { data, shape: value.shape };
}

function givenBy(edit: Edit): Tensor {
  return 'replace' in edit ? edit.replace : edit.add;
}

/** Size along an axis of a shape that is aligned at its end with one of `rank` axes. */
function sizeAt(shape: readonly number[], axis: number, rank: number): number {
  return shape[axis - (rank - shape.length)] ?? 1;
}

/** The axes of an aligned shape before `axis`. */
function leading(shape: readonly number[], axis: number, rank: number): readonly number[] {
  return shape.slice(0, Math.max(0, axis - (rank - shape.length)));
}

/** For each element of `shape`, which element of a tensor of shape `given` broadcasts to it; undefined if none does. */
function offsets(shape: readonly number[], given: readonly number[]): number[] | undefined {
  let indices = [0];
  for (const [i, size] of shape.entries()) {
    const own = given[i - (shape.length - given.length)] ?? 1;
    if (own !== 1 && own !== size) return undefined;
    const along = Array.from({ length: size }, (_, at) => (own === 1 ? 0 : at));
    indices = indices.flatMap((index) => along.map((at) => index * own + at));
  }
  return indices;
}
