// What a model's config.json may say beyond the fields that a family reads: whatever else would change what the model
// computes is refused, since a key that is ignored gives other numbers than the model's own program.
import { UserError } from '../../base/errors.ts';
import type { ConfigJson } from './family.ts';

/** Words of keys that are about what a model computes. */
const COMPUTES =
  /rope|rotary|attn|attention|norm|scal|activation|act_fn|hidden_act|position|alibi|window|soft_?cap|parallel|expert|moe|head|layer|inner|intermediate|mlp|gate|bias|residual|multiplier/i;

/** Keys with such words that transformers writes and that change nothing. */
const HARMLESS =
  /drop|initializer|^output_|^_?attn_implementation|^summary_|^tie_word_embeddings$|^reorder_and_upcast_attn$|^add_cross_attention$|^cross_attention|^is_|label|checkpointing/i;

/** Keys that change what every model computes, and how they look where they do not. */
const SHARED: Readonly<Record<string, (value: unknown) => boolean>> = {
  quantization_config: isNothing,
  pruned_heads: (value) => isNothing(value) || Object.keys(value as object).length === 0,
  add_cross_attention: isNothing,
  is_encoder_decoder: isNothing,
  auto_map: (value) => isNothing(value) || !/"AutoModel(ForCausalLM)?"/.test(JSON.stringify(value)),
};

/**
 * Refuse the config of model `name` where it says something about the model's computation that is not among the keys
 * that are `read`.
 * @throws {UserError} that names the key and its value
 */
export function refuseUnknownKeys(json: ConfigJson, name: string, read: readonly string[]): void {
  for (const [key, isOff] of Object.entries(SHARED)) {
    if (!isOff(json[key])) throw unsupported(key, json[key], name);
  }
  for (const [key, value] of Object.entries(json)) {
    if (read.includes(key) || isNothing(value) || HARMLESS.test(key) || !COMPUTES.test(key))
      continue;
    throw unsupported(key, value, name);
  }
}

/**
 * Refuse the config of model `name` where one of these keys stands with a value that is not allowed; null and keys that
 * are absent are.
 * @throws {UserError} that names the key and its value
 */
export function refuseOtherValues(
  json: ConfigJson,
  name: string,
  allowed: Readonly<Record<string, readonly unknown[]>>,
): void {
  for (const [key, values] of Object.entries(allowed)) {
    const value = json[key] ?? null;
    if (value !== null && !values.includes(value)) throw unsupported(key, value, name);
  }
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null || value === false;
}

function unsupported(key: string, value: unknown, name: string): UserError {
  const text = JSON.stringify(value);
  const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text;
  return new UserError(`unsupported config of model '${name}': '${key}' is ${shown}`, {
    hint: 'this may change what the model computes, and is not known here',
  });
}
