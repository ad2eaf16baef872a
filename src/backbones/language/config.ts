// From a model's config.json to what a backbone must know: the family whose config it is reads it.
import { UserError } from '../../base/errors.ts';
import { LANGUAGE_FAMILIES } from './families/registry.ts';
import type { ConfigJson, LanguageFamily } from './family.ts';
import type { LanguageConfig } from './model-config.ts';

/**
 * Read a parsed `config.json`; `name` is the model's, for errors.
 *
 * @throws {UserError} when it is of no family that can be read, or says what cannot be computed
 */
export function languageConfig(
  json: unknown,
  name: string,
  families: readonly LanguageFamily[] = LANGUAGE_FAMILIES,
): LanguageConfig {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new UserError(`invalid config of model '${name}': not an object`);
  }
  const config = json as ConfigJson;
  const family = families.find((each) => each.reads(config));
  if (family !== undefined) return family.config(config, name);
  const architecture = [config.architectures].flat()[0] ?? config.model_type ?? 'unknown';
  throw new UserError(`unsupported architecture '${String(architecture)}' of model '${name}'`, {
    hint: `${listed(families.map(({ title }) => title))} can be read; the config names its architecture`,
  });
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
