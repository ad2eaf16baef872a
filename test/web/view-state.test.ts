import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { wordLists } from '../../src/pages/features/packed-index.ts';
import { conceptsByLatent, featureLister } from '../../web/src/features/order.ts';
import {
  DEFAULT_STATE,
  formatState,
  parseState,
  SORTS,
  type ViewState,
} from '../../web/src/features/view-state.ts';
import {
  fieldOf,
  nearestDot,
  panned,
  pinched,
  projection,
  WHOLE_MAP,
  zoomed,
} from '../../web/src/features/views/map-window.ts';
import { formatShare, formatValue, shortPath } from '../../web/src/shared/format.ts';
import { hashState } from '../../web/src/shared/hash-state.ts';
import {
  decades,
  formatDecade,
  linearScale,
  paddedDomain,
} from '../../web/src/shared/plot-scale.ts';

const hundredth = fc.integer({ min: -900, max: 900 }).map((n) => n / 100);
const range = fc
  .tuple(hundredth, hundredth)
  .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
const states: fc.Arbitrary<ViewState> = fc.record({
  latent: fc.option(fc.nat(99_999), { nil: undefined }),
  view: fc.oneof(fc.constantFrom('features', 'concepts'), fc.string()),
  sort: fc.constantFrom(...SORTS),
  descending: fc.boolean(),
  query: fc.string(),
  bookmarked: fc.boolean(),
  frequency: fc.option(range, { nil: undefined }),
  value: fc.option(range, { nil: undefined }),
  map: fc.oneof(
    fc.constant(WHOLE_MAP),
    fc
      .tuple(fc.nat(10_000), fc.nat(10_000), fc.integer({ min: 101, max: 20_000 }))
      .map(([x, y, zoom]) => ({ x: x / 10_000, y: y / 10_000, zoom: zoom / 100 })),
  ),
  heat: fc.boolean(),
  opacity: fc.integer({ min: 0, max: 20 }).map((n) => n / 20),
  example: fc.option(fc.nat(200), { nil: undefined }),
  band: fc.nat(9),
  open: fc.uniqueArray(fc.tuple(fc.nat(9999), fc.nat(99)).map((place) => place.join('.'))),
});

test('a long path is cut at its beginning', () => {
  expect(shortPath('demo-out/runs/20261126-184607-c7a437')).toBe('…/runs/20261126-184607-c7a437');
  expect(shortPath('runs/20261126-184607-c7a437')).toBe('runs/20261126-184607-c7a437');
  expect(shortPath('2,400 images of the drawn world, all of them')).toContain('all of them');
  expect(shortPath(`a/${'x'.repeat(50)}`)).toBe(`…${'x'.repeat(29)}`);
});

describe('the state in the address', () => {
  test('any state is read back as it was written', () => {
    fc.assert(
      fc.property(states, (state) => {
        expect(parseState(`#${formatState(state)}`)).toEqual(state);
      }),
    );
  });

  test('the default state is an empty address', () => {
    expect(formatState(DEFAULT_STATE)).toBe('');
    expect(parseState('')).toEqual(DEFAULT_STATE);
  });

  test('whatever stands behind # gives a state', () => {
    fc.assert(
      fc.property(fc.string(), (hash) => {
        const state = parseState(hash);
        expect(parseState(formatState(state))).toEqual(state);
      }),
    );
    for (const hash of [
      '#f=-1',
      '#f=1.5',
      '#sort=no',
      '#freq=3,1',
      '#freq=1',
      '#opacity=7',
      '#ex=0',
      '#open=x',
      '#at=0.5,0.5',
      '#at=2,0,3',
      '#at=0,0,0.5',
    ]) {
      expect(parseState(hash)).toEqual(DEFAULT_STATE);
    }
  });
});

test('an address anew keeps the parts of the state that it does not change', () => {
  const window = new EventTarget();
  const location = { hash: '#freq=-2,-1&val=0,1&f=3' };
  vi.stubGlobal('window', window);
  vi.stubGlobal('location', location);
  try {
    const page = hashState({ parse: parseState, format: formatState, isStep: () => false });
    const notify = vi.fn();
    const end = page.subscribe(notify);
    const before = page.read();
    location.hash = '#freq=-2,-1&val=0,2&f=4';
    window.dispatchEvent(new Event('hashchange'));
    expect(notify).toHaveBeenCalledTimes(1);
    expect(page.read()).toEqual(parseState(location.hash));
    expect(page.read().frequency).toBe(before.frequency);
    expect(page.read().value).not.toBe(before.value);
    end();
  } finally {
    vi.unstubAllGlobals();
  }
});

test('an address that changed after it was read and before it was heard is read anew', () => {
  const window = new EventTarget();
  const location = { hash: '#f=3' };
  vi.stubGlobal('window', window);
  vi.stubGlobal('location', location);
  try {
    const page = hashState({ parse: parseState, format: formatState, isStep: () => false });
    expect(page.read().latent).toBe(3);
    location.hash = '#f=4';
    const end = page.subscribe(() => undefined);
    expect(page.read().latent).toBe(4);
    expect(page.read()).toBe(page.read());
    end();
  } finally {
    vi.unstubAllGlobals();
  }
});

describe('listing features', () => {
  const columns = {
    latent: Uint32Array.of(12, 3, 120, 7),
    logFrequency: Float32Array.of(-1, -2, Number.NaN, -2),
    logValue: Float32Array.of(0.5, 0.1, Number.NaN, 0.9),
    max: Float32Array.of(1, 1, 0, 1),
    percentile: new Float32Array(4),
    label: ['cat', 'Dog', '', 'cat'],
    labelShare: Float32Array.of(1, 1, 0, 1),
    words: wordLists([[' mat'], [' Mat', 'b'], [], []]),
  };
  const concepts = conceptsByLatent([
    { concept: 'stripes', latent: 7, f1: 0.3, precision: 1, recall: 1 },
    { concept: 'sea', latent: 7, f1: 0.9, precision: 1, recall: 1 },
    { concept: 'sky', latent: 3, f1: 0.5, precision: 1, recall: 1 },
  ]);
  const list = (change: Partial<ViewState>): number[] =>
    Array.from(lister({ ...DEFAULT_STATE, ...change }), (i) => columns.latent[i]!);
  const lister = featureLister(columns, concepts);

  test('sorts, equal ones by index, those that never fire last', () => {
    expect(list({})).toEqual([12, 3, 7, 120]);
    expect(list({ descending: false })).toEqual([120, 3, 7, 12]);
    expect(list({ sort: 'value' })).toEqual([7, 12, 3, 120]);
    expect(list({ sort: 'index', descending: false })).toEqual([3, 7, 12, 120]);
    expect(list({ sort: 'f1' })).toEqual([7, 3, 12, 120]);
  });

  test('a range leaves out what lies beyond it, and what never fires', () => {
    expect(list({ frequency: [-2, -1] })).toEqual([12, 3, 7]);
    expect(list({ value: [0.5, 0.9] })).toEqual([12, 7]);
  });

  test('digits find the beginnings of indices, the exact one first; text labels and concepts', () => {
    expect(list({ query: '12', sort: 'index' })).toEqual([12, 120]);
    expect(list({ query: ' 12 ', sort: 'index', descending: true })).toEqual([12, 120]);
    expect(list({ query: 'dog' })).toEqual([3]);
    expect(list({ query: 'S' })).toEqual([3, 7]);
    expect(list({ query: 'mat' })).toEqual([12, 3]);
    expect(list({ query: '01' })).toEqual([]);
  });

  test('any features are sorted and filtered as by hand', () => {
    const number = fc.float({ noNaN: true, noDefaultInfinity: true });
    const some = fc.uniqueArray(fc.nat(2 ** 32 - 1), { maxLength: 40 }).chain((latent) => {
      const size = { minLength: latent.length, maxLength: latent.length };
      const column = fc
        .array(
          fc.option(fc.oneof(number, fc.constantFrom(-2, -1, 0, -0)), { nil: Number.NaN }),
          size,
        )
        .map((list) => Float32Array.from(list));
      return fc.tuple(fc.constant(Uint32Array.from(latent)), column, column);
    });
    fc.assert(
      fc.property(
        some,
        fc.constantFrom(...SORTS.filter((sort) => sort !== 'f1')),
        fc.boolean(),
        fc.option(range, { nil: undefined }),
        fc.nat(999).map(String),
        ([latent, logFrequency, logValue], sort, descending, frequency, digits) => {
          const features = { ...columns, latent, logFrequency, logValue };
          const query = frequency === undefined ? digits : '';
          const keys = { index: latent, frequency: logFrequency, value: logValue }[sort];
          const key = (i: number): number =>
            Number.isNaN(keys[i]) ? Number.NEGATIVE_INFINITY : keys[i]!;
          const expected = [...latent.keys()]
            .filter((i) => String(latent[i]).startsWith(query))
            .filter(
              (i) =>
                frequency === undefined ||
                (logFrequency[i]! >= Math.fround(frequency[0]) &&
                  logFrequency[i]! <= Math.fround(frequency[1])),
            )
            .filter((i) => frequency === undefined || !Number.isNaN(logValue[i]))
            .sort((a, b) => {
              const exact =
                Number(latent[b] === Number(query)) - Number(latent[a] === Number(query));
              if (query !== '' && exact !== 0) return exact;
              const by = key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0;
              return (descending ? -by : by) || latent[a]! - latent[b]!;
            });
          const listed = featureLister(
            {
              ...features,
              label: [...latent].map(() => ''),
              words: wordLists([...latent].map(() => [])),
            },
            new Map(),
          )({ ...DEFAULT_STATE, sort, descending, frequency, query });
          expect([...listed]).toEqual(expected);
        },
      ),
    );
  });
});

describe('the map', () => {
  const corners = { x: Float32Array.of(0, 1), y: Float32Array.of(0, 1) };
  const field = fieldOf(corners, { width: 800, height: 600 });
  const windows = fc.record({
    x: fc.double({ min: 0.2, max: 0.8, noNaN: true }),
    y: fc.double({ min: 0.2, max: 0.8, noNaN: true }),
    zoom: fc.double({ min: 1.5, max: 50, noNaN: true }),
  });

  test('the place under the pointer stays there when it is zoomed', () => {
    fc.assert(
      fc.property(windows, fc.nat(60), fc.nat(60), (view, dx, dy) => {
        const at = { x: 370 + dx, y: 270 + dy };
        const placeOf = (seen: typeof view): number[] => {
          const { scale, left, top } = projection(seen, field);
          return [(at.x - left) / scale, (at.y - top) / scale];
        };
        expect(placeOf(zoomed(view, field, 1.3, at))).toBeClose(placeOf(view), { absolute: 1e-9 });
      }),
    );
  });

  test('what is under two fingers stays under them', () => {
    const point = fc.record({
      x: fc.integer({ min: 300, max: 500 }),
      y: fc.integer({ min: 200, max: 400 }),
    });
    fc.assert(
      fc.property(windows, point, point, point, (view, a, b, to) => {
        fc.pre(Math.hypot(a.x - b.x, a.y - b.y) > 60);
        // Both move, and come to be half as far apart again.
        const other = { x: to.x + 1.5 * (b.x - a.x), y: to.y + 1.5 * (b.y - a.y) };
        const after = pinched(view, field, [a, b], [to, other]);
        fc.pre(after.x > 0 && after.x < 1 && after.y > 0 && after.y < 1);
        const placeOf = (seen: typeof view, at: typeof a): number[] => {
          const { scale, left, top } = projection(seen, field);
          return [(at.x - left) / scale, (at.y - top) / scale];
        };
        expect(placeOf(after, to)).toBeClose(placeOf(view, a), { absolute: 1e-9 });
        expect(placeOf(after, other)).toBeClose(placeOf(view, b), { absolute: 1e-9 });
      }),
    );
  });

  test('a flat map is as wide as the field', () => {
    const flat = { x: Float32Array.of(0, 1), y: Float32Array.of(0.4, 0.6) };
    const { scale, left } = projection(WHOLE_MAP, fieldOf(flat, { width: 800, height: 600 }));
    expect([left, left + scale]).toBeClose([48, 752], { absolute: 1e-3 });
  });

  test('is the whole again when it is zoomed out, and never leaves the field', () => {
    expect(zoomed({ x: 0.1, y: 0.9, zoom: 3 }, field, 0.1)).toEqual(WHOLE_MAP);
    const far = panned({ x: 0.5, y: 0.5, zoom: 2 }, field, -1e6, 1e6);
    expect(far).toEqual({ x: 1, y: 0, zoom: 2 });
  });

  test('the nearest dot is a listed one where one is in reach', () => {
    const map = { x: Float32Array.of(0.5, 0.51, 0.9), y: Float32Array.of(0.5, 0.5, 0.9) };
    const place = projection(WHOLE_MAP, field);
    const at = { x: 400, y: 300, reach: 16 };
    expect(nearestDot(map, [[0, 1, 2]], at, place)).toBe(0);
    expect(nearestDot(map, [[1], [0, 1, 2]], at, place)).toBe(1);
    expect(nearestDot(map, [[2], [0, 1, 2]], at, place)).toBe(0);
    expect(nearestDot(map, [[2]], at, place)).toBe(-1);
  });
});

describe('axes', () => {
  test('pixels and values lead to each other', () => {
    const scale = linearScale([-6, -2], 40, 300);
    expect(scale.toPixel(-6)).toBe(40);
    expect(scale.toValue(scale.toPixel(-3.3))).toBeCloseTo(-3.3);
  });

  test('any range of numbers has a domain around it and at least two ticks inside it', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -9, max: 9, noNaN: true })), (values) => {
        const domain = paddedDomain(Float64Array.of(...values, Number.NaN));
        for (const value of values) expect(value > domain[0] && value < domain[1]).toBe(true);
        const ticks = decades(domain);
        expect(ticks.length).toBeGreaterThanOrEqual(2);
        for (const tick of ticks) expect(tick >= domain[0] && tick <= domain[1]).toBe(true);
      }),
    );
  });

  test.each([
    [-5, '10⁻⁵'],
    [-2, '0.01'],
    [0.5, '3.2'],
    [0, '1'],
    [6, '10⁶'],
    [-4.5, '3e-5'],
  ])('10 to the power %s is written %s', (log, text) => {
    expect(formatDecade(log)).toBe(text);
  });
});

test.each([
  [0, '0'],
  [5.1, '5.10'],
  [0.0012345, '0.00123'],
  [0.00001, '1.0e-5'],
  [1234.5, '1,230'],
  [2e7, '2.0e7'],
])('the value %s is written %s', (value, text) => {
  expect(formatValue(value)).toBe(text);
});

test.each([
  [0, '0%'],
  [0.453, '45%'],
  [0.0123, '1.2%'],
  [0.0000034, '0.00034%'],
])('the share %s is written %s', (share, text) => {
  expect(formatShare(share)).toBe(text);
});
