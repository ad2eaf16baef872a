// Filters as a person writes them: `type=mlp,layer>=1,feature!=89`.
import { nearest, UserError } from '../../base/errors.ts';
import type { FeatureFilter } from './filters.ts';

const SIGNS = { '=': 'eq', '!=': 'ne', '>': 'gt', '>=': 'ge', '<': 'lt', '<=': 'le' } as const;

/** What can be asked: names of things, or numbers; only the first three can be compared by size. */
const FIELDS: Readonly<Record<string, { key: keyof FeatureFilter; words?: readonly string[] }>> = {
  layer: { key: 'layer' },
  token: { key: 'token' },
  sublayer: { key: 'sublayer', words: ['resid_pre', 'resid_mid', 'resid_post', 'mlp_out'] },
  type: { key: 'type', words: ['mlp', 'attn', 'embed'] },
  head: { key: 'head' },
  'feature-type': { key: 'featureType', words: ['none', 'sae', 'tc'] },
  feature: { key: 'feature' },
};

const FORM = /^([a-z-]+)(!=|>=|<=|=|>|<)(.+)$/;

/**
 * Read a filter: conditions with commas or spaces between them, all of which must hold. A condition is `layer`, `token`,
 * `sublayer`, `type`, `head`, `feature` or `feature-type`, a sign (`=`, `!=`; `>`, `>=`, `<`, `<=` for numbers of the first
 * two), and a value.
 *
 * @throws {UserError} for anything else, with what can be written.
 */
export function parseFilter(text: string): FeatureFilter {
  const conditions = text.split(/[\s,]+/).filter((part) => part !== '');
  if (conditions.length === 0) throw wrong(text, 'it has no condition');
  const filter: Record<string, unknown> = {};
  for (const condition of conditions) {
    const [, name, sign, value] = FORM.exec(condition) ?? [];
    if (name === undefined || value === undefined)
      throw wrong(text, `'${condition}' is no condition`);
    const field = Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined;
    if (field === undefined) throw unknownField(text, name);
    const { key, words } = field;
    if (key in filter) throw wrong(text, `'${name}' stands in it twice`);
    const is = SIGNS[sign as keyof typeof SIGNS];
    if (is !== 'eq' && is !== 'ne' && key !== 'layer' && key !== 'token') {
      throw wrong(text, `'${name}' can only be = or != a value`);
    }
    filter[key] = { is, value: valueIn(text, value, words) };
  }
  return filter as FeatureFilter;
}

function valueIn(
  text: string,
  value: string,
  words: readonly string[] | undefined,
): string | number {
  if (words !== undefined) {
    if (words.includes(value)) return value;
    throw wrong(text, `'${value}' is none of ${words.join(', ')}`);
  }
  if (/^-?\d+$/.test(value)) return Number(value);
  throw wrong(text, `'${value}' is no whole number`);
}

function wrong(text: string, why: string): UserError {
  return new UserError(`invalid filter: '${text}': ${why}`, {
    hint: 'write conditions with commas between them, as type=mlp,layer>=1',
  });
}

function unknownField(text: string, name: string): UserError {
  const [near] = nearest(name, Object.keys(FIELDS));
  return new UserError(`invalid filter: '${text}': there is no '${name}'`, {
    hint:
      near === undefined ? `known: ${Object.keys(FIELDS).join(', ')}` : `did you mean '${near}'?`,
  });
}
