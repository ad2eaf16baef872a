import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { silenceProgress, startProgress } from './progress.ts';
import { progressLine } from './progress-line.ts';
import { significant } from './text.ts';

beforeAll(() => silenceProgress(false));
afterAll(() => silenceProgress(true));

/** A stream that remembers, and a clock that is set by hand. */
function screen(options: { isTTY: boolean; columns?: number }) {
  const lines: string[] = [];
  const clock = { ms: 0 };
  return {
    lines,
    clock,
    now: () => clock.ms,
    stream: {
      ...options,
      write: (text: string) => lines.push(text.replace('\r\u001b[2K', '').trimEnd()),
    },
  };
}

test('the time that is left does not count the start of the model', () => {
  const { lines, clock, now, stream } = screen({ isTTY: true, columns: 100 });
  const progress = startProgress('train', { total: 100, stream, now });
  clock.ms = 60_000; // a model is loaded
  progress.tick();
  expect(lines.at(-1)).toBe('train  1/100 steps  1%');
  clock.ms += 1000;
  progress.tick(9);
  expect(lines.at(-1)).toBe('train  10/100 steps  10%  9/s  10s left');
});

test('the speed is that of late', () => {
  const { lines, clock, now, stream } = screen({ isTTY: true, columns: 100 });
  const progress = startProgress('train', { total: 1000, stream, now });
  for (let i = 0; i < 40; i++) {
    clock.ms += 1000;
    progress.tick(1);
  }
  for (let i = 0; i < 40; i++) {
    clock.ms += 1000;
    progress.tick(10);
  }
  expect(lines.at(-1)).toContain('10/s  56s left');
});

test('work of which there was less ends at 100 %, and what was broken off does not', () => {
  const { lines, now, stream } = screen({ isTTY: false });
  const whole = startProgress('attribution', { total: 384, unit: 'features', stream, now });
  whole.tick(296);
  whole.finish();
  whole.end();
  expect(lines).toEqual([
    expect.stringMatching(/^attribution {2}296\/296 features {2}100% .* took 0.0s$/),
  ]);
  const broken = startProgress('train', { total: 10, stream, now });
  broken.tick(3);
  broken.end();
  expect(lines.at(-1)).toContain('3/10 steps  30%');
});

test('a line fits its terminal, and every number in it is whole', () => {
  const state = {
    label: 'train',
    count: 1234,
    total: 56_789,
    unit: 'steps',
    note: 'mse 0.0123  l0 257',
    ms: 60_000,
    perMs: 0.02,
    last: false,
  };
  const full = progressLine(state, 200);
  const fields = full.split('  ');
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 120 }), (width) => {
      const line = progressLine(state, width);
      expect(line.length).toBeLessThanOrEqual(width);
      const shown = line.replace(/^t[a-z]*…/, 'train').split('  ');
      for (const field of shown) if (field !== '') expect(fields).toContain(field);
    }),
  );
  expect(progressLine(state, 60)).toBe('train  1,234/56,789 steps  2%  46m17s left  mse 0.0123');
  expect(progressLine({ ...state, label: `download ${'x'.repeat(90)}` }, 40)).toMatch(
    /^download x+…/,
  );
});

test.each([
  [0.001234, '0.00123'],
  [257.4, '257'],
  [999.4, '999'],
  [1020.4, '1,020'],
  [24_576, '24,576'],
  [1.23e12, '1.23e+12'],
  [1e-9, '1.00e-9'],
  [Number.NaN, 'NaN'],
])('%d is written as %s', (value, text) => expect(significant(value)).toBe(text));
