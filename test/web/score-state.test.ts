import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  formatScoreState,
  MEASURES,
  parseScoreState,
  type ScoreState,
  SORTS,
} from '../../web/src/scores/score-state.ts';

const states: fc.Arbitrary<ScoreState> = fc.record({
  concept: fc.option(fc.nat(9999), { nil: undefined }),
  measure: fc.constantFrom(...MEASURES),
  sort: fc.constantFrom(...SORTS),
  descending: fc.boolean(),
  kind: fc.string(),
  query: fc.string(),
});

test('what the page of scores shows goes into its address and comes back', () => {
  fc.assert(
    fc.property(states, (state) => {
      expect(parseScoreState(`#${formatScoreState(state)}`)).toEqual(state);
    }),
  );
  expect(parseScoreState('#c=-1&by=luck&sort=3')).toEqual(parseScoreState(''));
});
