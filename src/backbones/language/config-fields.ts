// Reading the fields of a model's config.json: what the families have in common.
import { UserError } from '../../base/errors.ts';
import type { ConfigJson } from './family.ts';
import type { LanguageActivation } from './model-config.ts';

/** What HuggingFace and TransformerLens call the activations. */
const ACTIVATIONS: Readonly<Record<string, LanguageActivation>> = {
  gelu: 'gelu',
  gelu_new: 'gelu_tanh',
  gelu_fast: 'gelu_tanh',
  gelu_pytorch_tanh: 'gelu_tanh',
  relu: 'relu',
  silu: 'silu',
  swish: 'silu',
  solu: 'solu',
  solu_ln: 'solu_ln',
};

/** Largest width, vocabulary or context, and most blocks, that a config may claim: far above every model there is. */
const SIZE_LIMIT = 2 ** 24;
const LAYER_LIMIT = 4096;

/** How a size is read. */
interface SizeOptions {
  /** Where the config does not say it. */
  readonly fallback?: number;
  /** Another name that transformers takes for the same. */
  readonly alias?: string;
  /** Largest value. @default 2 ** 24 */
  readonly limit?: number;
}

/** Read sizes by name: whole numbers above 0; throws a UserError for anything else. */
export function fieldsOf(
  json: ConfigJson,
  name: string,
): (field: string, options?: SizeOptions) => number {
  return (field, { fallback, alias, limit = SIZE_LIMIT } = {}) => {
    const other = alias === undefined ? undefined : json[alias];
    const value = json[field] ?? other ?? fallback;
    if (other !== undefined && other !== value) {
      throw new UserError(
        `'${field}' and '${alias}' in the config of model '${name}' disagree: ${JSON.stringify(value)} and ${JSON.stringify(other)}`,
      );
    }
    const isWhole = Number.isSafeInteger(value) && (value as number) > 0;
    if (isWhole && (value as number) <= limit) return value as number;
    const text = value === undefined ? 'missing' : `invalid: ${JSON.stringify(value)}`;
    throw new UserError(`'${field}' in the config of model '${name}' is ${text}`, {
      hint: isWhole ? `${limit} at most` : 'expected a whole number above 0',
    });
  };
}

/** Read the number of blocks. */
export function layersOf(json: ConfigJson, name: string, field: string, alias?: string): number {
  return fieldsOf(json, name)(field, { ...(alias && { alias }), limit: LAYER_LIMIT });
}

/** Read a switch: true or false, `fallback` where the config does not say it. Throws a UserError for anything else. */
export function switchOf(
  json: ConfigJson,
  name: string,
  field: string,
  fallback: boolean,
): boolean {
  const value = json[field] === undefined ? fallback : json[field];
  if (typeof value === 'boolean') return value;
  throw new UserError(
    `'${field}' in the config of model '${name}' is invalid: ${JSON.stringify(value)}`,
    { hint: 'expected true or false' },
  );
}

export function positive(value: unknown, field: string, name: string): number {
  if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
  throw new UserError(
    `'${field}' in the config of model '${name}' is invalid: ${JSON.stringify(value)}`,
  );
}

export function headWidth(dModel: number, nHeads: number, name: string): number {
  if (dModel % nHeads === 0) return dModel / nHeads;
  throw new UserError(
    `invalid config of model '${name}': ${nHeads} heads do not divide a width of ${dModel}`,
  );
}

export function activationOf(value: unknown, name: string): LanguageActivation {
  const known = typeof value === 'string' && Object.hasOwn(ACTIVATIONS, value);
  if (known) return ACTIVATIONS[value]!;
  throw new UserError(`unsupported activation function '${String(value)}' of model '${name}'`, {
    hint: `known: ${Object.keys(ACTIVATIONS).join(', ')}`,
  });
}

export function scoreDivisors(
  nLayers: number,
  { divisor, byLayer = false }: { divisor: number; byLayer?: boolean },
): number[] {
  return Array.from({ length: nLayers }, (_, layer) => divisor * (byLayer ? layer + 1 : 1));
}
