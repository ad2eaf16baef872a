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

/** Read whole positive numbers by name; throws a UserError for anything else. */
export function fieldsOf(
  json: ConfigJson,
  name: string,
): (field: string, fallback?: number) => number {
  return (field, fallback) => {
    const value = json[field] ?? fallback;
    if (Number.isSafeInteger(value) && (value as number) > 0) return value as number;
    const text = value === undefined ? 'missing' : `invalid: ${JSON.stringify(value)}`;
    throw new UserError(`'${field}' in the config of model '${name}' is ${text}`, {
      hint: 'expected a whole number above 0',
    });
  };
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
