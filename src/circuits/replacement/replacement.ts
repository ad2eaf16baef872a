// A model with transcoders in place of some MLPs, and with others silenced.
import type {
  Intervention,
  LanguageBackbone,
  LanguageRunOptions,
} from '../../backbones/language/types.ts';
import { UserError } from '../../base/errors.ts';
import type { TranscoderSet } from '../transcoders.ts';

/** Which MLPs of a model to do without. */
export interface Replacement {
  /** Put the reconstructions of these in place of what the MLPs of their layers write. */
  readonly transcoders?: TranscoderSet;
  /** Layers whose MLPs write zeros. */
  readonly zeroed?: readonly number[];
}

/**
 * Give the interventions of a replacement. A transcoder reads its input in the run that it changes, so that it meets what
 * the replaced layers below have made; the MLP itself is not computed.
 *
 * @throws {UserError} for a layer that is named twice, or that the model does not have.
 */
export function replacementInterventions(
  { config }: Pick<LanguageBackbone, 'config'>,
  { transcoders, zeroed = [] }: Replacement,
): Intervention[] {
  const replaced = transcoders?.layers ?? [];
  for (const [i, layer] of zeroed.entries()) {
    if (!(Number.isInteger(layer) && layer >= 0 && layer < config.nLayers)) {
      throw new UserError(`invalid layer ${layer}: the model has ${config.nLayers}`);
    }
    if (replaced.includes(layer) || zeroed.indexOf(layer) !== i) {
      throw new UserError(`invalid replacement: layer ${layer} is named twice`);
    }
  }
  return [
    ...replaced.map((layer): Intervention => {
      const { input, output } = transcoders!.places.get(layer)!;
      return {
        point: output,
        from: input,
        async compute({ data, shape }) {
          const transcoder = await transcoders!.at(layer);
          return { data: await transcoder.reconstruct(data), shape };
        },
      };
    }),
    ...zeroed.map(
      (layer): Intervention => ({
        point: `blocks.${layer}.hook_mlp_out`,
        replace: { data: new Float32Array(1), shape: [1, 1, 1] },
      }),
    ),
  ];
}

/**
 * Give a model that computes with a replacement in every run, generation included. The model itself stays as it is, so
 * there is nothing to undo; replacements nest, the outer one winning where both name a layer. Interventions of a run act
 * on what the replacement has made. Closing the result closes nothing.
 */
export function withReplacement(
  backbone: LanguageBackbone,
  replacement: Replacement,
): LanguageBackbone {
  const before = replacementInterventions(backbone, replacement);
  const inside = <Options extends LanguageRunOptions>(options: Options): Options => ({
    ...options,
    interventions: [...before, ...(options.interventions ?? [])],
  });
  return {
    ...backbone,
    run: (tokens, options) => backbone.run(tokens, inside(options)),
    logits: (tokens, options = {}) => backbone.logits(tokens, inside(options)),
    loss: (tokens, options = {}) => backbone.loss(tokens, inside(options)),
    generate: (prompts, options) => backbone.generate(prompts, inside(options)),
    close: async () => undefined,
  };
}
