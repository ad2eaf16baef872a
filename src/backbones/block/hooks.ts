// How a graph of a transformer offers its hook points, and what differs in this between images and texts.
import { identity, type Value } from '../../compute/onnx/graph.ts';
import { isOptional } from '../hook-points.ts';

/** What the hook points of a model hold. */
export interface HookConvention {
  /**
   * Whether `hook_normalized` of a norm lies before its gain and bias, or after them, where attention and MLP read it.
   * Recorded shards and published coders depend on it.
   */
  readonly normalized: 'before' | 'after';
  /** Whether the points of single heads are offered that TransformerLens records only when told to. */
  readonly optional: boolean;
}

/** Vision transformers: `hook_normalized` is what attention and MLP read. */
export const VISION_HOOKS: HookConvention = { normalized: 'after', optional: false };

/** Language models: TransformerLens' points, with `hook_normalized` before gain and bias. */
export const LANGUAGE_HOOKS: HookConvention = { normalized: 'before', optional: true };

/** Collects the hook points that a run asks for. */
export interface Hooks extends Pick<HookConvention, 'normalized'> {
  /** Whether the run reads or replaces the point. */
  wants(name: string): boolean;
  /** Pass `value` on as the point `name`. */
  mark(name: string, value: Value): Value;
}

/** Hooks that keep the points in `wanted` (all where it is undefined) in `points`, in order of computation. */
export function collectHooks(
  { normalized, optional }: HookConvention,
  wanted?: ReadonlySet<string>,
): Hooks & { points: Map<string, Value> } {
  const points = new Map<string, Value>();
  const wants = (name: string): boolean =>
    (wanted === undefined || wanted.has(name)) && (optional || !isOptional(name));
  return {
    normalized,
    points,
    wants,
    mark(name, value) {
      if (!wants(name)) return value;
      // A value of its own, so that replacing this point leaves other uses of the same numbers alone.
      const point = identity(value);
      points.set(name, point);
      return point;
    },
  };
}
