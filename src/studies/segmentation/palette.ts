// Colours of classes, as the original's segmentation pictures have them.
import { pythonRandom } from '../../base/python-random/mersenne-twister.ts';

const LEVELS = [0, 51, 102, 153, 204, 255];

/** Red, green and blue. */
export type ClassColour = readonly [red: number, green: number, blue: number];

/**
 * List the colours of classes: black for class 0, then the 216 web-safe colours as Python's `random.Random(42)` shuffles
 * them, from the first again beyond class 216.
 */
export function classColours(nClasses: number): ClassColour[] {
  const colours = LEVELS.flatMap((red) =>
    LEVELS.flatMap((green) => LEVELS.map((blue): ClassColour => [red, green, blue])),
  );
  pythonRandom(42).shuffle(colours);
  return Array.from({ length: nClasses }, (_, number) =>
    number === 0 ? [0, 0, 0] : colours[(number - 1) % colours.length]!,
  );
}

/** Paint classes `[pixels]` as RGB `[pixels, 3]`. */
export function paintClasses(classes: Uint8Array, colours: readonly ClassColour[]): Uint8Array {
  const out = new Uint8Array(classes.length * 3);
  for (let i = 0; i < classes.length; i++) out.set(colours[classes[i]!] ?? [0, 0, 0], 3 * i);
  return out;
}
