// Helpers for the JSON headers and metadata of checkpoints.
import { z } from 'zod';
import { UserError } from '../../base/errors.ts';
import { logger } from '../../base/log.ts';
import { PyObject } from '../../formats/torch/pickle-values.ts';
import { TorchDtype } from '../../formats/torch/torch-names.ts';

const log = logger('checkpoints');

/** A width: a positive integer small enough that products of two stay exact. */
export const width: z.ZodNumber = z
  .int()
  .positive()
  .max(2 ** 26);

/**
 * Parse a header by its schema.
 * @throws {UserError} that names the file, the key and what is wrong with it
 */
export function parseHeader<T>(schema: z.ZodType<T>, value: unknown, path: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const key = issue.path.join('.') || 'the header';
  throw new UserError(`invalid checkpoint: ${key} in '${path}': ${issue.message}`);
}

/** The properties of `record` that are not among `keys`. */
export function without(
  record: Readonly<Record<string, unknown>>,
  keys: readonly string[],
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => !keys.includes(key)));
}

/** Keep what JSON can hold of an unpickled config: dtypes and objects by name, dicts as objects. */
export function jsonSafe(value: unknown, depth = 0): unknown {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof TorchDtype) return String(value);
  if (depth > 20) return null;
  if (Array.isArray(value)) return value.map((item) => jsonSafe(item, depth + 1));
  const map = value instanceof PyObject ? value.state : value;
  if (!(map instanceof Map)) return null;
  return Object.fromEntries(
    [...map].map(([key, item]) => [String(key), jsonSafe(item, depth + 1)]),
  );
}

/** The error for a coder that a format cannot hold. */
export function cannotHold(format: string, what: string): UserError {
  return new UserError(`unsupported: ${format} checkpoints cannot hold ${what}`, {
    hint: 'write it as saelens, which holds every kind',
  });
}

/** Tell in the log that a format computes top-k codes a little differently. */
export function warnOfSign(format: string, keepsNegative: boolean): void {
  log.warn(
    keepsNegative
      ? `${format} keeps negative pre-activations among the k largest, this coder does not`
      : `${format} drops negative pre-activations among the k largest, this coder does not`,
  );
}
