import { describe, expect, it } from 'vitest';
import { UserError } from '../../base/errors.ts';
import { parseFilter } from './filter-text.ts';

describe('a filter as text', () => {
  it.each([
    ['type=mlp', { type: { is: 'eq', value: 'mlp' } }],
    ['layer>=1, token!=-1', { layer: { is: 'ge', value: 1 }, token: { is: 'ne', value: -1 } }],
    [
      'feature-type=tc feature!=89 layer<8',
      {
        featureType: { is: 'eq', value: 'tc' },
        feature: { is: 'ne', value: 89 },
        layer: { is: 'lt', value: 8 },
      },
    ],
    [
      'sublayer=resid_mid,head=3',
      {
        sublayer: { is: 'eq', value: 'resid_mid' },
        head: { is: 'eq', value: 3 },
      },
    ],
  ])('%s', (text, filter) => {
    expect(parseFilter(text)).toEqual(filter);
  });

  it.each([
    ['', /no condition/],
    ['layer', /'layer' is no condition/],
    ['layr=1', /there is no 'layr'/],
    ['layer=x', /'x' is no whole number/],
    ['layer=1.5', /no whole number/],
    ['type=tc', /'tc' is none of mlp, attn, embed/],
    ['head>2', /can only be = or !=/],
    ['layer=1,layer=2', /twice/],
    ['layer==1', /whole number/],
  ])('%j is refused', (text, message) => {
    expect(() => parseFilter(text)).toThrow(message);
    expect(() => parseFilter(text)).toThrow(UserError);
  });
});
