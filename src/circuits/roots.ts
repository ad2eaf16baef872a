// What a person names to be explained, as roots.
import { UserError } from '../base/errors.ts';
import type { Tokenizer } from '../data/texts/tokenizer.ts';
import type { Root } from './attribution/targets.ts';
import type { CircuitsConfig } from './config.ts';

/** A feature as a person writes it. */
interface NamedFeature {
  readonly layer: number;
  readonly feature: number;
  /** Negative ones count from the end. */
  readonly position?: number;
}

/**
 * Read `LAYER/INDEX` or `LAYER/INDEX@POSITION`.
 *
 * @throws {UserError} for anything else.
 */
export function parseFeature(text: string): NamedFeature {
  const [, layer, feature, position] = /^(\d+)\/(\d+)(?:@(-?\d+))?$/.exec(text.trim()) ?? [];
  if (layer === undefined || feature === undefined) {
    throw new UserError(`invalid feature: '${text}'`, {
      hint: 'write LAYER/INDEX, as 8/89, or LAYER/INDEX@POSITION',
    });
  }
  return {
    layer: Number(layer),
    feature: Number(feature),
    position: position === undefined ? undefined : Number(position),
  };
}

/**
 * Read the roots that a config names; the most likely next tokens when it names none.
 *
 * @throws {UserError} for features that are not written as such, and for texts that are not one token.
 */
export function rootsOf(
  {
    feature,
    logit,
    logitDifference,
  }: Pick<CircuitsConfig, 'feature' | 'logit' | 'logitDifference'>,
  tokenizer: Pick<Tokenizer, 'singleToken'>,
): Root[] {
  const roots: Root[] = [
    ...feature.map((text): Root => ({ kind: 'feature', ...parseFeature(text) })),
    ...logit.map((text): Root => ({ kind: 'logit', token: tokenizer.singleToken(text) })),
  ];
  if (logitDifference !== undefined) {
    const [token, less] = logitDifference.map((text) => tokenizer.singleToken(text));
    roots.push({ kind: 'difference', token: token!, less: less! });
  }
  return roots.length > 0 ? roots : [{ kind: 'salient' }];
}
