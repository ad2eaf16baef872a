// Texts as CLIP and SigLIP were given them: glitches of typing mended, references of HTML resolved, lower case. After
// open_clip's tokenizer.py and the library ftfy that it calls; text in a wrong encoding is not repaired, as ftfy would.
import { fromWindows1252, unescapeClosedHtml, unescapeHtml } from './html-references.ts';

/** Clean a text as OpenAI's CLIP was given it: mended, with single spaces, in lower case. */
export function cleanForClip(text: string): string {
  return singleSpaces(mended(text)).toLowerCase();
}

const PUNCTUATION = /[!-/:-@[-^`{-~]/g;

/** Clean a text as SigLIP was given it: as for CLIP, and without ASCII's punctuation. */
export function cleanForSiglip(text: string): string {
  const words = mended(text).replaceAll('_', ' ').replace(PUNCTUATION, '');
  return singleSpaces(words.toLowerCase());
}

function mended(text: string): string {
  return unescapeHtml(unescapeHtml(withoutGlitches(text)));
}

function singleSpaces(text: string): string {
  return text.trim().replace(/\s+/g, ' ');
}

/** ftfy's fixes of single characters, until there is nothing left to fix. */
function withoutGlitches(text: string): string {
  const isMarkup = text.includes('<');
  let before: string;
  let after = text.replace(/\p{Cs}/gu, '\ufffd');
  do {
    before = after;
    after = fixedOnce(isMarkup ? before : unescapeClosedHtml(before));
  } while (after !== before);
  return after;
}

/** Ligatures and letters made of two, which their compatible form takes apart. */
const LIGATURES = /[\u0132\u0133\u0149\u01c4-\u01cc\u01f1-\u01f3\ufb00-\ufb04\ufb06]/g;
/** Wide and narrow forms. */
const WIDTHS = /[\uff01-\uffef]/g;
/** Signs that nobody types: deprecated controls, byte order marks, notes between lines. */
const INVISIBLE = /[\u206a-\u206f\ufeff\ufff9-\ufffc]/g;

function fixedOnce(text: string): string {
  return text
    .replace(/\p{Cc}/gu, (sign) => shownControl(sign.charCodeAt(0)))
    .replace(/[\u2028\u2029]/g, '\n')
    .replace(LIGATURES, (letter) => letter.normalize('NFKC'))
    .replaceAll('\ufb05', '\u017ft')
    .replace(WIDTHS, (letter) => letter.normalize('NFKC'))
    .replaceAll('\u3000', ' ')
    .replace(/[\u02bc\u2018-\u201b]/g, "'")
    .replace(/[\u201c-\u201f]/g, '"')
    .replace(INVISIBLE, '')
    .normalize('NFC');
}

/** Breaks and tabs stay; what lies above ASCII is Windows' character of that number; others go. */
function shownControl(code: number): string {
  if (code >= 0x80) return fromWindows1252(code);
  return code === 9 || code === 10 || code === 12 || code === 13 ? '\n' : '';
}
