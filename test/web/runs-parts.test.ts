// The parts of the view of runs that need no browser: its address, its filters, its colours, its bins.
import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunEntry } from '../../src/pages/run-page.ts';
import { grownCurves } from '../../web/src/runs/chosen/run-pages.ts';
import { binsFor, countIn, countInside, edgeOf } from '../../web/src/runs/chosen/spreads.ts';
import { shownColumns, sortedRuns, tellingSettings } from '../../web/src/runs/columns.ts';
import { colourBy, legendOf, shapeBy, usualEncodings } from '../../web/src/runs/encoding.ts';
import { choicesOf, filteredRuns } from '../../web/src/runs/filters.ts';
import { changedRuns } from '../../web/src/runs/live-runs.ts';
import { evenTicks, metricAxis, tickText } from '../../web/src/runs/plot/metric-axis.ts';
import {
  DEFAULT_STATE,
  formatRunsState,
  parseRunsState,
  type RunsState,
} from '../../web/src/runs/runs-state.ts';

const run = (id: string, part: Partial<RunEntry> = {}): RunEntry => ({
  id,
  name: id,
  folder: `runs/${id}`,
  state: 'finished',
  started: '2026-11-26T12:00:00.000Z',
  tag: '',
  model: 'clip',
  dataset: 'photos',
  settings: { lr: 0.001, 'sae.kind': 'relu' },
  metrics: { l0: 10, mse: 0.5 },
  metricsFrom: 'evaluation',
  ...part,
});

describe('the address', () => {
  const word = fc.stringMatching(/^[\w.~=-]{1,12}$/);
  const limit = fc
    .double({ noNaN: true, min: -9, max: 9 })
    .map((x) => Math.round(x * 1e3) / 1e3 + 0);
  const range = fc.tuple(limit, limit).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
  const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
  const where = fc.oneof(
    fc.record({ setting: word, is: fc.string() }),
    fc.record({ setting: word, between: fc.tuple(optional(limit), optional(limit)) }),
  );
  const state: fc.Arbitrary<RunsState> = fc.record({
    query: fc.string(),
    tag: fc.string(),
    model: fc.string(),
    dataset: fc.string(),
    where: fc.array(where, { maxLength: 3 }),
    sort: word,
    descending: fc.boolean(),
    columns: optional(fc.array(word)),
    x: word,
    y: word,
    isLogX: fc.boolean(),
    isLogY: fc.boolean(),
    colour: optional(word),
    shape: optional(fc.constant('')),
    chosen: optional(fc.array(word, { maxLength: 5 })),
    curve: optional(word),
    isLogCurve: fc.boolean(),
    frequency: optional(range),
    value: optional(range),
    areAllSettings: fc.boolean(),
  });

  it('says everything, and is empty by default', () => {
    expect(formatRunsState(DEFAULT_STATE)).toBe('');
    expect(parseRunsState('')).toEqual(DEFAULT_STATE);
    fc.assert(
      fc.property(state, (one) => {
        expect(parseRunsState(`#${formatRunsState(one)}`)).toEqual(one);
      }),
    );
  });

  it('takes nonsense for nothing', () => {
    expect(parseRunsState('#freq=5..1&value=x..y&where=lr&where=:=3')).toEqual(DEFAULT_STATE);
    fc.assert(fc.property(fc.string(), (text) => void parseRunsState(text)));
  });
});

describe('filters', () => {
  const runs = [
    run('a', { tag: 'first', settings: { lr: 1e-4, 'sae.kind': 'relu' } }),
    run('b', { model: 'dinov2', settings: { lr: 1e-3, 'sae.kind': 'topk', 'sae.k': 8 } }),
    run('c', { settings: { lr: 1e-2, 'sae.kind': 'relu' } }),
  ];
  const shown = (part: Partial<RunsState>): string[] =>
    filteredRuns(runs, { ...DEFAULT_STATE, ...part }).map(({ id }) => id);

  it('are by words, tag, model, data and settings', () => {
    expect(shown({})).toEqual(['a', 'b', 'c']);
    expect(shown({ query: 'DINO' })).toEqual(['b']);
    expect(shown({ query: 'sae.kind=relu lr=0.01' })).toEqual(['c']);
    expect(shown({ tag: 'first' })).toEqual(['a']);
    expect(shown({ model: 'clip', dataset: 'photos' })).toEqual(['a', 'c']);
    expect(shown({ where: [{ setting: 'sae.kind', is: 'relu' }] })).toEqual(['a', 'c']);
    expect(shown({ where: [{ setting: 'lr', between: [5e-4, undefined] }] })).toEqual(['b', 'c']);
    expect(shown({ where: [{ setting: 'sae.k', is: '' }] })).toEqual(['a', 'c']);
  });

  it('offer the values that there are', () => {
    expect(choicesOf(runs, 'lr')).toEqual({ isNumber: true, values: ['1e-4', '0.001', '0.01'] });
    expect(choicesOf(runs, 'sae.k')).toMatchObject({ isNumber: false });
  });
});

describe('the table', () => {
  const runs = [
    run('b', { metrics: { l0: 30 }, tag: 'x' }),
    run('a', { metrics: { l0: 4 } }),
    run('c', { metrics: {}, metricsFrom: 'nothing' }),
  ];

  it('sorts numbers as numbers, and what is missing last either way', () => {
    const ids = (descending: boolean): string[] =>
      sortedRuns(runs, { name: 'l0', descending }).map(({ id }) => id);
    expect(ids(false)).toEqual(['a', 'b', 'c']);
    expect(ids(true)).toEqual(['b', 'a', 'c']);
    expect(sortedRuns(runs, { name: 'nonsense', descending: false })).toHaveLength(3);
  });

  it('shows what tells runs apart, or what is asked for', () => {
    expect(shownColumns(runs, undefined).map(({ name }) => name)).toEqual([
      'name',
      'state',
      'l0',
      'tag',
    ]);
    expect(shownColumns(runs, ['name', 's.lr', 'none']).map(({ title }) => title)).toEqual([
      'Run',
      'lr',
    ]);
    const wide = run('d', { settings: { lr: 0.001, 'sae.expFactor': 4, 'sae.dSae': 32 } });
    const wider = run('e', { settings: { lr: 0.001, 'sae.expFactor': 8, 'sae.dSae': 64 } });
    expect(tellingSettings([wide, wider])).toEqual(['sae.dSae']);
  });
});

describe('colours and shapes', () => {
  it('make a ramp of many numbers, steps of few, and colours of names', () => {
    const many = Array.from({ length: 9 }, (_, i) =>
      run(String(i), { settings: { lr: 10 ** (i - 9) } }),
    );
    const ramp = colourBy(many, 'lr');
    expect([ramp.isRamp, ramp.legend.length]).toEqual([true, 2]);
    // Of decades, the fifth of nine lies half-way.
    expect(ramp.of(many[4]!)).toContain('50%');
    const few = colourBy(many.slice(0, 3), 'lr');
    expect(few.legend.map(({ text }) => text)).toEqual(['1e-9', '1e-8', '1e-7']);
    expect(few.of(run('x', { settings: {} }))).toBe('var(--run-none)');
    const kinds = [
      run('a'),
      run('b', { settings: { 'sae.kind': 'topk' } }),
      run('c', { settings: {} }),
    ];
    expect(colourBy(kinds, 'sae.kind').legend.map(({ text }) => text)).toEqual([
      'relu',
      'topk',
      'not set',
    ]);
    const shapes = shapeBy(kinds, 'sae.kind');
    expect(new Set(kinds.map(shapes.of)).size).toBe(3);
  });

  it('tell lr and width first', () => {
    expect(usualEncodings(['seed', 'sae.dSae', 'lr'])).toEqual({ colour: 'lr', shape: 'sae.dSae' });
    expect(usualEncodings(['seed'])).toEqual({ colour: 'seed', shape: '' });
    expect(usualEncodings([])).toEqual({ colour: '', shape: '' });
  });
});

describe('bins and limits', async () => {
  const golden = JSON.parse(
    await readFile(new URL('../../fixtures/training/comparison.json', import.meta.url), 'utf8'),
  ) as {
    freqs: number[];
    values: (number | null)[];
    shown: [string, number][];
    histograms: Record<'frequency' | 'value', number[]>;
  };
  const frequency = Float32Array.from(golden.freqs, Math.log10);
  const value = Float32Array.from(golden.values, (each) =>
    each === null ? Number.NaN : Math.log10(each),
  );

  it('count in Python’s bins as NumPy does, and in more where values lie beyond', () => {
    for (const [name, logs] of [
      ['frequency', frequency],
      ['value', value],
    ] as const) {
      const bins = binsFor([logs]);
      const counts = countIn(bins, logs);
      const before = Math.round((-6 - bins.low) / (7 / 99));
      expect(counts.slice(before, before + 99)).toEqual(golden.histograms[name]);
      const finite = logs.filter(Number.isFinite);
      expect(counts.reduce((a, b) => a + b)).toBe(finite.length);
      expect(bins.low).toBeLessThanOrEqual(Math.min(-6, ...finite));
      expect(edgeOf(bins, bins.count) + 1e-6).toBeGreaterThanOrEqual(Math.max(1, ...finite));
    }
  });

  it('hold what Python’s plot shows inside the same limits, dead ones apart', () => {
    const counts = countInside({ frequency, value }, { frequency: [-3, 0], value: [-2, 1] });
    const [[, shown], [, filtered]] = golden.shown as [[string, number], [string, number]];
    expect(counts.nInside).toBe(shown);
    expect(counts.nOutside + counts.nUnplaced).toBe(filtered);
    expect(counts.nUnplaced).toBe(1);
  });
});

it('a legend names what the runs of the plot have, in the colours of all runs', () => {
  const kinds = ['gated', 'relu', 'topk'];
  const runs = kinds.map((kind) => run(kind, { settings: { 'sae.kind': kind } }));
  const colour = colourBy(runs, 'sae.kind');
  expect(legendOf(colour, runs)).toEqual(colour.legend);
  expect(legendOf(colour, runs.slice(1))).toEqual(colour.legend.slice(1));
  expect(legendOf(colour, [])).toEqual([]);
  expect(legendOf(undefined, runs)).toEqual([]);
});

describe('runs that train', () => {
  const line = { step: 20, time: 1, 'losses/loss': 0.7, 'losses/mse': 0.2, 'metrics/l0': 12 };

  it('grow their curves, and take no line twice', () => {
    const once = grownCurves([], line);
    expect(once.map(({ metric }) => metric)).toEqual(['losses/loss', 'losses/mse', 'metrics/l0']);
    expect(grownCurves(once, line)).toEqual(once);
    const twice = grownCurves(once, { step: 30, 'losses/loss': null });
    expect(twice[0]).toEqual({
      metric: 'losses/loss',
      steps: [20, 30],
      values: [0.7, null],
      points: 2,
    });
  });

  it('move in the table, come and go', () => {
    const training = run('a', { metrics: {}, metricsFrom: 'nothing', state: 'running' });
    const moved = changedRuns([training], { kind: 'line', run: 'a', line });
    expect(moved[0]).toMatchObject({ metricsFrom: 'training', metrics: { l0: 12, mse: 0.2 } });
    const evaluated = changedRuns([run('a')], { kind: 'line', run: 'a', line });
    expect(evaluated[0]!.metrics).toMatchObject({ l0: 10, mse: 0.5, 'metrics/l0': 12 });
    expect(changedRuns(moved, { kind: 'run', run: run('b') })).toHaveLength(2);
    expect(changedRuns(moved, { kind: 'run', run: run('a', { tag: 'new' }) })[0]!.tag).toBe('new');
    expect(changedRuns(moved, { kind: 'gone', run: 'a' })).toEqual([]);
    const other = { step: 21, 'eval/l0': 3 };
    expect(changedRuns(moved, { kind: 'line', run: 'a', line: other })).toEqual(moved);
  });
});

describe('axes', () => {
  it('have round ticks inside their range', () => {
    const range = fc.tuple(
      fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
    );
    fc.assert(
      fc.property(range, fc.integer({ min: 2, max: 12 }), ([low, size], count) => {
        const high = low + size;
        if (high - low < Math.abs(low) * 1e-9) return;
        const ticks = evenTicks([low, high], count);
        expect(ticks.length).toBeGreaterThan(0);
        expect(ticks.length).toBeLessThanOrEqual(2 * count + 2);
        for (const tick of ticks) {
          expect(tick).toBeGreaterThanOrEqual(low - size * 1e-6);
          expect(tick).toBeLessThanOrEqual(high + size * 1e-6);
        }
      }),
    );
    expect([0, 0.05, 1200, 25_000, 2e6, -3].map(tickText)).toEqual([
      ...['0', '0.05', '1,200', '25k', '2M', '−3'],
    ]);
  });

  it('give no place to what has none', () => {
    const straight = metricAxis([1, null, 3], { isLog: false, from: 0, to: 100 });
    expect([straight.place(null), straight.place(Number.NaN), straight.place(-1)]).toEqual([
      undefined,
      undefined,
      -1,
    ]);
    const log = metricAxis([0, 10, 1000], { isLog: true, from: 0, to: 100 });
    expect([log.place(0), log.place(100)]).toEqual([undefined, 2]);
    expect(metricAxis([], { isLog: false, from: 0, to: 100 }).ticks.length).toBeGreaterThan(1);
  });
});
