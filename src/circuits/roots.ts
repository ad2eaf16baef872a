// What a person names to be explained, as roots.
import { UserError } from '../base/errors.ts';
import type { Tokenizer } from '../data/texts/tokenizer.ts';
import { readCoder } from '../sae/checkpoints/read-coder.ts';
import type { Root } from './attribution/targets.ts';
import type { CircuitsConfig } from './config.ts';
import { placedCoder } from './paths/starts.ts';
import type { PlacedCoder } from './transcoders.ts';

/** A feature as a person writes it. */
interface NamedFeature {
  /** Layer of a transcoder, or the name of a coder. */
  readonly of: number | string;
  readonly feature: number;
  /** Negative ones count from the end. */
  readonly position?: number;
}

/**
 * Read `LAYER/INDEX` or `NAME/INDEX`, either with `@POSITION` behind it.
 *
 * @throws {UserError} for anything else.
 */
export function parseFeature(text: string): NamedFeature {
  const [, of, feature, position] = /^(.+)\/(\d+)(?:@(-?\d+))?$/.exec(text.trim()) ?? [];
  if (of === undefined || feature === undefined || /^-\d+$/.test(of)) {
    throw new UserError(`invalid feature: '${text}'`, {
      hint: 'write LAYER/INDEX, as 8/89, or LAYER/INDEX@POSITION; with the name of an SAE in place of LAYER for one of its features',
    });
  }
  return {
    of: /^\d+$/.test(of) ? Number(of) : of,
    feature: Number(feature),
    position: position === undefined ? undefined : Number(position),
  };
}

/**
 * Read the roots that a config names; the most likely next tokens when it names none.
 *
 * @throws {UserError} for features that are not written as such, for SAEs that cannot be read or do not say where they
 * belong, and for texts that are not one token.
 */
export async function rootsOf(
  {
    feature,
    logit,
    logitDifference,
  }: Pick<CircuitsConfig, 'feature' | 'logit' | 'logitDifference'>,
  tokenizer: Pick<Tokenizer, 'singleToken'>,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Root[]> {
  const coders = new Map<string, PlacedCoder>();
  const roots: Root[] = [];
  for (const text of feature) {
    const { of, ...which } = parseFeature(text);
    if (typeof of === 'number') {
      roots.push({ kind: 'feature', layer: of, ...which });
      continue;
    }
    const coder = coders.get(of) ?? placedCoder(await readCoder(of, signal && { signal }), of);
    coders.set(of, coder);
    roots.push({ kind: 'coder', coder, ...which });
  }
  for (const text of logit) roots.push({ kind: 'logit', token: tokenizer.singleToken(text) });
  if (logitDifference !== undefined) {
    const [token, less] = logitDifference.map((text) => tokenizer.singleToken(text));
    roots.push({ kind: 'difference', token: token!, less: less! });
  }
  return roots.length > 0 ? roots : [{ kind: 'salient' }];
}
