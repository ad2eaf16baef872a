// The weights of a language model under TransformerLens' names and in its shapes: the common tongue of processing,
// analysis and the files that processing writes.
import { UserError, unknownName } from '../../../base/errors.ts';
import { parseHook } from '../../hook-points.ts';
import type { LanguageConfig } from '../model-config.ts';

/** Named weights that are read one at a time. */
export interface LensTensors {
  readonly config: LanguageConfig;
  /** Read a weight: float32, row-major, in the shape that `lensShapes` gives. Throws for an unknown name. */
  read(name: string): Promise<Float32Array>;
}

/**
 * Every weight of a model with its shape: `embed.W_E` `[dVocab, dModel]`, `blocks.0.attn.W_Q` `[nHeads, dModel, dHead]`,
 * `blocks.0.attn.W_O` `[nHeads, dHead, dModel]`, `blocks.0.mlp.W_in` `[dModel, dMlp]`, `unembed.W_U` `[dModel, dVocab]` …
 */
export function lensShapes(config: LanguageConfig): Map<string, readonly number[]> {
  const { nLayers, dModel, nHeads, dHead, dMlp, dVocab, nCtx } = config;
  const shapes = new Map<string, readonly number[]>([['embed.W_E', [dVocab, dModel]]]);
  const norm = (name: string, size: number): void => {
    const { normalization, finalRms } = config;
    if (normalization !== 'LN' && normalization !== 'RMS') return;
    shapes.set(`${name}.w`, [size]);
    const isRms = normalization === 'RMS' || (finalRms && name === 'ln_final');
    if (!isRms) shapes.set(`${name}.b`, [size]);
  };
  if (config.positions !== 'rotary') shapes.set('pos_embed.W_pos', [nCtx, dModel]);
  for (let layer = 0; layer < nLayers; layer++) {
    const block = `blocks.${layer}`;
    norm(`${block}.ln1`, dModel);
    for (const which of 'QKV') {
      shapes.set(`${block}.attn.W_${which}`, [nHeads, dModel, dHead]);
      shapes.set(`${block}.attn.b_${which}`, [nHeads, dHead]);
    }
    shapes.set(`${block}.attn.W_O`, [nHeads, dHead, dModel]);
    shapes.set(`${block}.attn.b_O`, [dModel]);
    if (dMlp === 0) continue;
    norm(`${block}.ln2`, dModel);
    shapes.set(`${block}.mlp.W_in`, [dModel, dMlp]);
    if (config.gated) shapes.set(`${block}.mlp.W_gate`, [dModel, dMlp]);
    shapes.set(`${block}.mlp.b_in`, [dMlp]);
    if (config.activation === 'solu_ln') norm(`${block}.mlp.ln`, dMlp);
    shapes.set(`${block}.mlp.W_out`, [dMlp, dModel]);
    shapes.set(`${block}.mlp.b_out`, [dModel]);
  }
  norm('ln_final', dModel);
  shapes.set('unembed.W_U', [dModel, dVocab]);
  shapes.set('unembed.b_U', [dVocab]);
  return shapes;
}

/**
 * Shape of a weight.
 *
 * @throws {UserError} for a name that the model does not have.
 */
export function lensShape(config: LanguageConfig, name: string): readonly number[] {
  const shapes = lensShapes(config);
  const shape = shapes.get(name);
  if (shape === undefined) throw unknownName('weight', name, [...shapes.keys()]);
  return shape;
}

/** Take a name apart: `blocks.3.attn.W_Q` is layer 3, `attn.W_Q`; names outside the blocks have no layer. */
export function splitLensName(name: string): { layer?: number; part: string } {
  return parseHook(name) ?? { part: name };
}

/** Throw a UserError unless the file has as many blocks as the config says; `probe` names a weight of a block. */
export function checkBlocks(
  has: (name: string) => boolean,
  probe: (layer: number) => string,
  { nLayers }: LanguageConfig,
): void {
  if (has(probe(nLayers))) {
    throw new UserError(
      `invalid checkpoint: '${probe(nLayers)}' is in it, but its config says ${nLayers} layers`,
    );
  }
}
