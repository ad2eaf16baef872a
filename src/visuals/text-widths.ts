// How wide words of a figure are. Vega asks a canvas, and there is none; its own guess is a third too wide, which leaves
// empty margins and cuts labels short.

/** Hundredths of the font size that the characters from space to tilde advance in DejaVu Sans, the widest of our fonts. */
const WIDTHS = [
  32, 40, 46, 84, 64, 95, 78, 27, 39, 39, 50, 84, 32, 36, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64,
  64, 64, 34, 34, 84, 84, 84, 53, 100, 68, 69, 70, 77, 63, 58, 77, 75, 29, 29, 66, 56, 86, 75, 79,
  60, 79, 69, 63, 61, 73, 68, 99, 69, 61, 69, 39, 34, 39, 84, 50, 50, 61, 63, 55, 63, 62, 35, 63,
  63, 28, 28, 58, 28, 97, 63, 61, 63, 63, 41, 52, 39, 63, 59, 82, 59, 59, 52, 64, 34, 64, 84,
];
/** Letters with accents, Greek and Cyrillic come before this character; behind it some are as wide as they are high. */
const FIRST_WIDE = 0x0600;
const LETTER = 80;
const SQUARE = 100;

/** Bold letters are that much wider. */
const BOLD = 1.12;

/** Estimate the width of words in pixels, rather too wide than too narrow. */
export function textWidth(
  text: string,
  { fontSize, isBold = false }: { fontSize: number; isBold?: boolean },
): number {
  const hundredths = Array.from(text, (character) => {
    const code = character.codePointAt(0)!;
    return WIDTHS[code - 0x20] ?? (code < FIRST_WIDE ? LETTER : SQUARE);
  }).reduce((sum, width) => sum + width, 0);
  return (hundredths / 100) * fontSize * (isBold ? BOLD : 1);
}

/** The part of vega that measures words; its types leave it out. */
interface Measuring {
  readonly textMetrics: {
    readonly estimateWidth: unknown;
    width: unknown;
  };
}

/** A text of a figure, as far as its width goes. */
interface TextMark {
  readonly fontSize?: number;
  readonly fontWeight?: string | number;
}

/** Let vega measure words with {@link textWidth} where it would guess. */
export function measureTexts(vega: object): void {
  const { textMetrics } = vega as Measuring;
  if (textMetrics.width !== textMetrics.estimateWidth) return;
  textMetrics.width = ({ fontSize = 11, fontWeight }: TextMark, text: unknown): number =>
    text == null
      ? 0
      : textWidth(String(text), {
          fontSize,
          isBold: fontWeight === 'bold' || Number(fontWeight) > 500,
        });
}
