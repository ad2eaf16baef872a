// Repeats what has been published of GPT-2 small and its transcoders, one comparison at a time.
import { openLanguageModel } from '../../backbones/language/open.ts';
import type { LanguageBackbone } from '../../backbones/language/types.ts';
import { logger } from '../../base/log.ts';
import type { Tokenizer } from '../../data/texts/tokenizer.ts';
import { openTranscoders } from '../transcoders.ts';
import type { CheckBench } from './bench.ts';
import { circuitChecks } from './circuit-checks.ts';
import { type Comparison, compareNamed } from './comparison.ts';
import { deembeddingChecks, featureChecks, pullbackChecks } from './feature-checks.ts';
import { greaterThanChecks } from './greater-than.ts';
import type { Published } from './values.ts';

const log = logger('verify');

interface CheckOptions {
  /** Another name or folder of the model. */
  readonly model?: string;
  /** Another name of the transcoders, `{layer}` standing for the layer. */
  readonly transcoders?: string;
  /** Check the model alone, without its transcoders. */
  readonly modelOnly?: boolean;
  readonly threads?: number;
  readonly signal?: AbortSignal;
}

/**
 * Measure the published numbers again, giving each comparison as it is made. Weights come from the hub or its cache.
 *
 * @throws {UserError} when they cannot be had, or do not fit.
 */
export async function* repeatPublished(
  published: Published,
  options: CheckOptions = {},
): AsyncGenerator<Comparison> {
  const { threads, signal } = options;
  const name = options.model ?? published.model;
  log.info(`opening ${name}`);
  const backbone = await openLanguageModel(name, { threads, signal });
  try {
    const { tokenizer } = backbone;
    yield await logitCheck(published, backbone, tokenizer);
    if (options.modelOnly === true) return;
    const template = options.transcoders ?? published.transcoders;
    const names = Array.from({ length: backbone.config.nLayers }, (_, layer) => {
      const path = template.replaceAll('{layer}', String(layer));
      return path.includes('hook_normalized') ? path : `${layer}=${path}`;
    });
    log.info(`opening ${names.length} transcoders`);
    const transcoders = await openTranscoders(names, { backbone, threads, signal });
    try {
      const bench: CheckBench = { backbone, tokenizer, transcoders, signal };
      yield* featureChecks(published, bench);
      yield* deembeddingChecks(published, bench);
      yield* pullbackChecks(published, bench);
      yield* circuitChecks(published, bench);
      yield* greaterThanChecks(published, bench);
    } finally {
      await transcoders.close();
    }
  } finally {
    await backbone.close();
  }
}

/** Logits of a prompt: the raw ones less their mean, which is what processed weights give. */
async function logitCheck(
  { logits: { prompt, first, last } }: Published,
  backbone: LanguageBackbone,
  tokenizer: Tokenizer,
): Promise<Comparison> {
  const tokens = tokenizer.encode(prompt, { prependBos: false });
  const { data, shape } = await backbone.logits([tokens]);
  const width = shape[2]!;
  const named = (position: number, values: readonly number[], from: number) =>
    values.map((value, i) => [`position ${position}, token ${from + i}`, value] as const);
  const published = first.flatMap((values, p) => [
    ...named(p, values, 0),
    ...named(p, last[p]!, width - last[p]!.length),
  ]);
  const ours = first.flatMap((_, p) => named(p, [...data.subarray(p * width, (p + 1) * width)], 0));
  return compareNamed(`logits of "${prompt}"`, published, ours, 1e-4);
}
