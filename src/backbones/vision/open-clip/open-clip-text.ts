// What open_clip says of a model's text tower (`text_cfg`; model.py, CLIPTextCfg), read for what weights do not tell.
import type { FoundTexts, TextTowerConfig, TokenizerPlace } from '../../text-tower/config.ts';
import { type OpenClipConfig, OTHER_BLOCKS } from './open-clip-config.ts';

/**
 * Describe the text tower of a model whose tokenizer is at `place`; `isQuick` where its weights were trained with QuickGELU
 * whatever the model says.
 */
export function textsOf(
  model: OpenClipConfig,
  place: TokenizerPlace,
  isQuick = model.quick_gelu === true,
): FoundTexts {
  const { text_cfg: texts = {} } = model;
  const unsupported = whyNoTexts(model);
  if (unsupported !== undefined) return { unsupported };
  const norm = texts.norm_kwargs as { eps?: unknown } | undefined | null;
  const act = texts.act_kwargs as { approximate?: unknown } | undefined | null;
  const config: TextTowerConfig = {
    nHeads: typeof texts.heads === 'number' ? texts.heads : 8,
    activation: isQuick ? 'quickgelu' : act?.approximate === 'tanh' ? 'gelu_tanh' : 'gelu',
    ...(typeof norm?.eps === 'number' && { layerNormEpsilon: norm.eps }),
    ...(texts.no_causal_mask === true && { isCausal: false }),
    ...(texts.pool_type === 'last' && { pool: 'last' }),
    ...(isSiglip(texts) && { tokenizer: 'siglip' }),
    ...(isRepo(texts.hf_tokenizer_name) && { tokenizerRepo: texts.hf_tokenizer_name }),
  };
  return { config, tokenizer: place };
}

/** Say why the text tower of a model cannot be read; undefined where it can. */
export function whyNoTexts({ text_cfg: texts = {} }: OpenClipConfig): string | undefined {
  const { hf_model_name: foreign, hf_tokenizer_name: tokenizer, pool_type: pool } = texts;
  if (typeof foreign === 'string') return `its text tower is '${foreign}', which is not read here`;
  if (typeof tokenizer === 'string' && !isSiglip(texts))
    return `its texts are cut into tokens by '${tokenizer}', which is not read here`;
  const isOdd =
    texts.embed_cls === true ||
    (typeof texts.block_type === 'string' && texts.block_type !== 'default') ||
    !['argmax', 'last', undefined, null].includes(pool as string) ||
    OTHER_BLOCKS.some((key) => texts[key]);
  return isOdd ? 'its text tower has blocks or a pooling that are not read here' : undefined;
}

/** SigLIP's texts lose their punctuation, and all positions see all others. */
function isSiglip(texts: Readonly<Record<string, unknown>>): boolean {
  const about = texts.tokenizer_kwargs as { clean?: unknown } | undefined | null;
  return (
    about?.clean === 'canonicalize' &&
    texts.no_causal_mask === true &&
    isRepo(texts.hf_tokenizer_name)
  );
}

function isRepo(name: unknown): name is string {
  return typeof name === 'string' && /^[\w.-]+\/[\w.-]+$/.test(name);
}
