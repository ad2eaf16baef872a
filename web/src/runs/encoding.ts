// How a setting becomes the colour or the shape of a dot.
import type { RunEntry, SettingValue } from '../../../src/pages/run-page.ts';
import { settingText } from '../../../src/pages/run-settings.ts';

/** A value of a setting with what stands for it. */
export interface LegendEntry<Sign> {
  readonly text: string;
  readonly sign: Sign;
}

/** How the values of a setting are told apart. */
export interface Encoding<Sign> {
  readonly setting: string;
  of(run: RunEntry): Sign;
  readonly legend: readonly LegendEntry<Sign>[];
  /** Whether the legend is a ramp between its first and its last entry. */
  readonly isRamp: boolean;
}

/** The entries of a legend that stand for some of these runs; a ramp whole. */
export function legendOf<Sign>(
  encoding: Encoding<Sign> | undefined,
  runs: readonly RunEntry[],
): readonly LegendEntry<Sign>[] {
  if (encoding === undefined || encoding.isRamp) return encoding?.legend ?? [];
  const texts = new Set(runs.map(({ settings }) => nameOf(settings[encoding.setting] ?? null)));
  return encoding.legend.filter(({ text }) => texts.has(text));
}

/** Values of a number up to this many are listed one by one. */
const LISTED = 6;

/** Colours of values that have no order; the last one stands for all others. */
const COLOURS = 7;

const NONE = 'var(--run-none)';

/** A colour between the two ends of the ramp. */
function ramp(share: number): string {
  return `color-mix(in oklab, var(--run-high) ${Math.round(100 * share)}%, var(--run-low))`;
}

/** Colour runs by a setting: numbers along a ramp, other values one by one. */
export function colourBy(runs: readonly RunEntry[], setting: string): Encoding<string> {
  const values = valuesOf(runs, setting);
  const numbers = values.filter((value) => typeof value === 'number');
  if (numbers.length === values.length && numbers.length > 0) return rampOf(setting, numbers);
  const colours = new Map(
    values.map((value, i) => [value, `var(--run-${Math.min(i, COLOURS - 1)})`]),
  );
  return {
    setting,
    isRamp: false,
    of: ({ settings }) => colours.get(settings[setting] ?? null) ?? NONE,
    legend: values.map((value) => ({ text: nameOf(value), sign: colours.get(value)! })),
  };
}

function rampOf(setting: string, numbers: readonly number[]): Encoding<string> {
  const [low, high] = [numbers[0]!, numbers.at(-1)!];
  const isFew = numbers.length <= LISTED;
  const isLog = low > 0 && high / low >= 10;
  const shareOf = (value: number): number => {
    if (high === low) return 0.5;
    if (isFew) return numbers.indexOf(value) / (numbers.length - 1);
    return isLog ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
  };
  const colourOf = (value: SettingValue | undefined): string =>
    typeof value === 'number' ? ramp(shareOf(value)) : NONE;
  const listed = isFew ? numbers : [low, high];
  return {
    setting,
    isRamp: !isFew,
    of: ({ settings }) => colourOf(settings[setting]),
    legend: listed.map((value) => ({ text: settingText(value), sign: colourOf(value) })),
  };
}

/** Shapes of dots about the origin, for a radius of 5; the last one stands for all others. */
const SHAPES = [
  'M5,0A5,5 0 1 1 -5,0A5,5 0 1 1 5,0Z',
  'M-4.4,-4.4H4.4V4.4H-4.4Z',
  'M0,-5.8L5.4,4.2H-5.4Z',
  'M0,-6L6,0L0,6L-6,0Z',
  'M-1.8,-5.4H1.8V-1.8H5.4V1.8H1.8V5.4H-1.8V1.8H-5.4V-1.8H-1.8Z',
  'M0,5.8L5.4,-4.2H-5.4Z',
];

/** The shape of a dot where shapes tell nothing. */
export const DOT: string = SHAPES[0]!;

/** Give runs shapes by a setting. */
export function shapeBy(runs: readonly RunEntry[], setting: string): Encoding<string> {
  const values = valuesOf(runs, setting);
  const shapes = new Map(
    values.map((value, i) => [value, SHAPES[Math.min(i, SHAPES.length - 1)]!]),
  );
  return {
    setting,
    isRamp: false,
    of: ({ settings }) => shapes.get(settings[setting] ?? null) ?? DOT,
    legend: values.map((value) => ({ text: nameOf(value), sign: shapes.get(value)! })),
  };
}

/** The different values of a setting: numbers by size, then the others by name, and none at the end. */
function valuesOf(runs: readonly RunEntry[], setting: string): SettingValue[] {
  const values = [...new Set(runs.map(({ settings }) => settings[setting] ?? null))];
  const rank = (value: SettingValue): number =>
    typeof value === 'number' ? 0 : value === null ? 2 : 1;
  return values.sort((a, b) =>
    typeof a === 'number' && typeof b === 'number'
      ? a - b
      : rank(a) - rank(b) || (String(a) < String(b) ? -1 : 1),
  );
}

function nameOf(value: SettingValue): string {
  return value === null ? 'not set' : settingText(value);
}

/** The settings that colour and shape tell when nobody chose: those that people look for first, then whatever differs. */
export function usualEncodings(telling: readonly string[]): { colour: string; shape: string } {
  const first = (...wanted: readonly string[]): string =>
    wanted.find((name) => telling.includes(name)) ?? '';
  const colour = first('lr', 'objective.sparsityCoeff', 'sae.k') || (telling[0] ?? '');
  const rest = telling.filter((name) => name !== colour);
  const wanted = ['sae.dSae', 'sae.expFactor', 'sae.kind', 'data.layer'];
  return { colour, shape: wanted.find((name) => rest.includes(name)) ?? rest[0] ?? '' };
}
