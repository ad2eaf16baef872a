// A vision transformer run once as it is, and again from one of its hook points on with other rows there.
import type { HookPoint } from '../../backbones/hook-points.ts';
import type { Tensor, VisionBackbone } from '../../backbones/types.ts';
import { patchTokens, putTokens, takeTokens } from '../../backbones/vision/tokens.ts';
import { unknownName } from '../../base/errors.ts';
import { checkEditedRows } from './edited-rows.ts';

/** Where rows are taken and put back, and what is read behind. */
export interface EditPlace {
  /** The hook point that rows are edited at: `residualHook(-2, nLayers)`. */
  readonly hook: HookPoint;
  /** Tokens of an image that are edited, by their position among all; the patches when undefined, CLS untouched. */
  readonly tokens?: readonly number[];
  /** What to read: other hook points, or `output`. */
  readonly record: readonly HookPoint[];
}

/** A run as the model does it, kept to be run again from its hook point on. */
export interface CleanRun {
  /** Images, `[batch, 3, size, size]`. */
  readonly pixels: Tensor;
  readonly place: EditPlace;
  /** Tokens that rows are of. */
  readonly tokens: readonly number[];
  /** Rows at the hook point, as the model has them: `[batch · tokens, d]`. */
  readonly rows: Float32Array;
  /** What was read, and the hook point itself. */
  readonly values: ReadonlyMap<HookPoint, Tensor>;
}

/**
 * Run the model as it is and keep what an edit needs: rows at the hook point, and what is read behind it.
 * @throws {UserError} for hook points that the model does not have
 */
export async function runClean(
  backbone: VisionBackbone,
  pixels: Tensor,
  place: EditPlace,
): Promise<CleanRun> {
  const { hook, record, tokens = patchTokens(backbone.config) } = place;
  if (!backbone.hookPoints.includes(hook)) {
    throw unknownName('hook point', hook, backbone.hookPoints);
  }
  const values = await backbone.run(pixels, { record: [...new Set([hook, ...record])] });
  return { pixels, place, tokens, rows: takeTokens(values.get(hook)!, tokens), values };
}

/**
 * Run the blocks behind the hook point on `rows [batch · tokens, d]` in place of those of a clean run; nothing before it
 * is computed again, and other tokens stay as they were there. Rows that have not changed give what was read before.
 * @throws {UserError} for rows that hold numbers that are not finite, or too large to compute with
 */
export async function runEdited(
  backbone: VisionBackbone,
  clean: CleanRun,
  rows: Float32Array,
): Promise<ReadonlyMap<HookPoint, Tensor>> {
  const { place, pixels, tokens, values } = clean;
  const { hook, record } = place;
  if (rows.length === clean.rows.length && rows.every((x, i) => x === clean.rows[i])) {
    return new Map(record.map((name) => [name, values.get(name)!]));
  }
  checkEditedRows(rows, hook);
  const replace = new Map([[hook, putTokens(values.get(hook)!, tokens, rows)]]);
  return backbone.run(pixels, { record, replace });
}
