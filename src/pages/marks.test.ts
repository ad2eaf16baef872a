import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  changeMarks,
  changesTo,
  checkCoder,
  checkMarks,
  type FeatureMark,
  type MarkChange,
  type Marks,
  NO_MARKS,
} from './marks.ts';

const mark: fc.Arbitrary<FeatureMark> = fc.record(
  {
    bookmarked: fc.constant(true as const),
    name: fc.string({ minLength: 1, maxLength: 200 }),
    note: fc.string({ minLength: 1 }),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<FeatureMark>;
const someMarks: fc.Arbitrary<Marks> = fc
  .dictionary(fc.nat({ max: 5 }).map(String), mark)
  .map((features) => ({
    version: 1,
    revision: 0,
    features: Object.fromEntries(
      Object.entries(features).filter(([, each]) => Object.keys(each).length > 0),
    ),
  }));

describe('changes', () => {
  it('are made part by part, and what became empty is gone', () => {
    const named = changeMarks(NO_MARKS, [
      { latent: 3, name: { from: null, to: 'wheels' }, bookmarked: { from: null, to: true } },
    ]);
    expect(named).toEqual({
      marks: { version: 1, revision: 1, features: { 3: { name: 'wheels', bookmarked: true } } },
      conflicts: [],
    });
    const gone = changeMarks(named.marks, [
      { latent: 3, name: { from: 'wheels', to: null }, bookmarked: { from: true, to: null } },
    ]);
    expect(gone.marks).toEqual({ version: 1, revision: 2, features: {} });
  });

  it('of two tabs to other parts are both kept; to the same part the first stays', () => {
    const first: MarkChange = { latent: 1, note: { from: null, to: 'a' } };
    const one = changeMarks(NO_MARKS, [first]).marks;
    const both = changeMarks(one, [{ latent: 1, name: { from: null, to: 'n' } }]);
    expect(both).toMatchObject({
      conflicts: [],
      marks: { features: { 1: { name: 'n', note: 'a' } } },
    });
    const second = changeMarks(one, [{ latent: 1, note: { from: null, to: 'b' } }]);
    expect(second).toEqual({ conflicts: [1], marks: one });
    expect(changeMarks(one, [first])).toEqual({ conflicts: [], marks: one });
  });

  it('that import marks bring them all, and leave what they do not say', () => {
    fc.assert(
      fc.property(someMarks, someMarks, (mine, theirs) => {
        const { marks, conflicts } = changeMarks(mine, changesTo(mine, theirs));
        expect(conflicts).toEqual([]);
        expect(marks.features).toEqual(
          Object.fromEntries(
            [...new Set([...Object.keys(mine.features), ...Object.keys(theirs.features)])].map(
              (latent) => [latent, { ...mine.features[latent], ...theirs.features[latent] }],
            ),
          ),
        );
      }),
    );
  });
});

describe('marks of an autoencoder', () => {
  it('name it from their first change on, and are not those of another', () => {
    const { marks } = changeMarks(NO_MARKS, [{ latent: 1, note: { from: null, to: 'a' } }], 'one');
    expect(marks.coder).toBe('one');
    expect(checkMarks(JSON.parse(JSON.stringify(marks)))).toEqual(marks);
    expect(changeMarks(marks, []).marks).toEqual(marks);
    for (const coder of ['one', undefined]) expect(checkCoder(marks, coder)).toBe(marks);
    expect(checkCoder(NO_MARKS, 'two')).toBe(NO_MARKS);
    expect(() => checkCoder(marks, 'two')).toThrow('another autoencoder');
  });
});

describe('marks from a file', () => {
  it('are those that were written', () => {
    fc.assert(
      fc.property(someMarks, (marks) => {
        expect(checkMarks(JSON.parse(JSON.stringify(marks)))).toEqual(marks);
      }),
    );
  });

  it.each([
    [null, 'no marks'],
    [[], 'no marks'],
    [{ version: 2, features: {} }, 'version 2'],
    [{ version: 1, features: { '-1': {} } }, "'-1' is no latent"],
    [{ version: 1, features: { 1: { name: 7 } } }, 'the name of 1'],
    [{ version: 1, features: { 1: { note: 'x'.repeat(10_001) } } }, 'the note of 1'],
    [{ version: 1, features: { 1: { bookmarked: 'yes' } } }, 'the bookmark of 1'],
    [{ version: 1, revision: -1, features: {} }, 'revision'],
    [{ version: 1, coder: 7, features: {} }, 'the autoencoder of these marks'],
  ])('%j is told in a sentence', (value, sentence) => {
    expect(() => checkMarks(value)).toThrow(sentence);
  });

  it('that are anything at all either pass or are told', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        try {
          checkMarks({ version: 1, features: value });
        } catch (error) {
          expect((error as Error).constructor).toBe(Error);
        }
      }),
    );
  });
});
