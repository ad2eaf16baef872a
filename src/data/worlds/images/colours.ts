// Colours by name, mixed in OKLCH (Ottosson 2020), where equal steps look equal.
import type { Random } from '../../../base/random.ts';
import type { Colour } from './vocabulary.ts';

/** Lightness 0–1, chroma 0–0.3, hue in degrees. */
export interface Oklch {
  readonly l: number;
  readonly c: number;
  readonly h: number;
}

/** sRGB channels in 0–1, gamma-encoded as in an image file. */
export type Rgb = readonly [number, number, number];

const NAMED: Readonly<Record<Colour, Oklch>> = {
  red: { l: 0.59, c: 0.215, h: 26 },
  orange: { l: 0.74, c: 0.175, h: 58 },
  yellow: { l: 0.89, c: 0.17, h: 98 },
  green: { l: 0.66, c: 0.18, h: 146 },
  blue: { l: 0.57, c: 0.19, h: 259 },
  purple: { l: 0.52, c: 0.2, h: 304 },
  white: { l: 0.95, c: 0.012, h: 95 },
};

/** Draw one shade of a named colour. */
export function shadeOf(colour: Colour, random: Random): Oklch {
  const { l, c, h } = NAMED[colour];
  return {
    l: round(l + random.uniform(-0.035, 0.035)),
    c: round(c * random.uniform(0.88, 1.05)),
    h: round(h + random.uniform(-6, 6)),
  };
}

/** The second colour of a texture: a pale tint of a strong colour, a deep shade of a light one. */
export function inkOf({ l, c, h }: Oklch): Oklch {
  return l > 0.8 ? { l: l - 0.3, c: c * 0.85, h: h - 10 } : { l: 0.93, c: c * 0.28, h };
}

/** Convert to sRGB; colours outside it are clipped. */
export function toRgb({ l, c, h }: Oklch): Rgb {
  const a = c * Math.cos((h * Math.PI) / 180);
  const b = c * Math.sin((h * Math.PI) / 180);
  const long = (l + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const medium = (l - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const short = (l - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    encode(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short),
    encode(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short),
    encode(-0.0041960863 * long - 0.7034186147 * medium + 1.707614701 * short),
  ];
}

/** Shorthand for a colour literal. */
export function oklch(l: number, c: number, h: number): Rgb {
  return toRgb({ l, c, h });
}

function encode(linear: number): number {
  if (linear <= 0) return 0;
  if (linear >= 1) return 1;
  return linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055;
}

/** Three decimals: short in JSON, and the drawing starts from what the file says. */
function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
