// How many tokens a context has where nobody says it.
import { openLanguageModel } from '../../backbones/language/open.ts';
import type { BenchedModel } from './coders.ts';

/** Tokens in a context of SAEBench. */
const USUAL = 128;

/** Take what settings say, or SAEBench's own number, or as many as the model takes. */
export async function contextSizeOf(
  given: number | undefined,
  { model, processing }: BenchedModel,
  signal: AbortSignal | undefined,
): Promise<number> {
  if (given !== undefined) return given;
  const backbone = await openLanguageModel(model, { processing, tokenizer: false, signal });
  await backbone.close();
  return Math.min(USUAL, backbone.config.nCtx);
}
