// The address of an edit says all of it, and nothing in an address breaks the page.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatState, parseState } from '../../web/src/edit/edit-state.ts';

const whole = fc.nat(999_999);
/** A line as people type it: something, without spaces around it or several within. */
const line = fc
  .string({ minLength: 1 })
  .map((each) => each.replace(/\s+/g, ' ').trim())
  .filter((each) => each !== '');
const state = fc.record({
  example: fc.option(whole, { nil: undefined }),
  text: fc.string({ unit: 'grapheme' }),
  latents: fc.uniqueArray(
    fc.record({
      latent: whole,
      times: fc.option(
        fc.integer({ min: -100, max: 100 }).map((tenths) => (tenths === 0 ? 0 : tenths / 10)),
        { nil: undefined },
      ),
    }),
    { selector: ({ latent }) => latent },
  ),
  where: fc.option(fc.uniqueArray(whole), { nil: undefined }),
  classes: fc.uniqueArray(whole, { maxLength: 3 }),
  prompts: fc.array(line),
  templates: fc.array(line),
  newTokens: fc.nat(256),
  seed: whole,
  temperature: fc.nat(100),
});

test('what is written is read again', () => {
  fc.assert(
    fc.property(state, (one) => {
      expect(parseState(formatState(one))).toEqual(one);
    }),
  );
});

test('any text is a state, within what can be edited', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (set, rest) => {
      const { latents, temperature } = parseState(`set=${set}&temperature=${rest}&where=${rest}`);
      for (const { latent, times = 0 } of latents) {
        expect(Number.isInteger(latent)).toBe(true);
        expect(Math.abs(times)).toBeLessThanOrEqual(10);
      }
      expect(temperature >= 0 && temperature <= 100).toBe(true);
    }),
  );
});

test('an address of a person is short', () => {
  const text = 'example=12&set=17:2,203:-1.5,40&where=0,9';
  expect(formatState(parseState(text))).toBe(text);
  expect(parseState('set=3:99,x:1,4:')).toMatchObject({
    latents: [
      { latent: 3, times: 10 },
      { latent: 4, times: undefined },
    ],
  });
});
