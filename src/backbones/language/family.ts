// What a family of language models is: everything that one of them says about itself, in one object.
import type { Weights } from '../weights.ts';
import type { LanguageParts } from './graph/language.ts';
import type { LanguageConfig } from './model-config.ts';
import type { LensTensors } from './weights/tensors.ts';

/** A parsed `config.json`. */
export type ConfigJson = Readonly<Record<string, unknown>>;

/** A family of language models. `families/registry.ts` lists those that come with saev. */
export interface LanguageFamily {
  /** Stands in the `architecture` of its models' configs: `gpt2`. */
  readonly name: string;
  /** What a person calls its models: `GPT-2`. */
  readonly title: string;
  /** Tell whether a `config.json` is of one of its models. */
  reads(json: ConfigJson): boolean;
  /**
   * Read the `config.json` of its model `name`.
   *
   * @throws {UserError} when it says what cannot be computed
   */
  config(json: ConfigJson, name: string): LanguageConfig;
  /**
   * Describe a model in terms of the tensors of its checkpoint.
   *
   * @throws {UserError} when weights are missing or have other shapes than the config says
   */
  parts(weights: Weights, config: LanguageConfig): LanguageParts;
  /** Give its weights under TransformerLens' names and in its shapes. */
  tensors(weights: Weights, config: LanguageConfig): LensTensors;
}
