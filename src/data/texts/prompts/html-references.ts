// Character references of HTML (`&amp;`, `&#233;`) in typed texts, by the rules of HTML 5 and of Python's html.unescape.
// Of the named ones those are known that texts have: Latin-1, quotes, dashes and a few signs.

/** Names of U+00A0 to U+00FF, in order. */
const LATIN_1 = `nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3
  acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig
  Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave
  Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave
  iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml`;

/** Names that count without a semicolon, too. */
const OPEN: ReadonlyMap<string, string> = new Map([
  ...LATIN_1.split(/\s+/).map((name, i) => [name, String.fromCharCode(0xa0 + i)] as const),
  ...Object.entries({ amp: '&', lt: '<', gt: '>', quot: '"' }),
  ...Object.entries({ AMP: '&', LT: '<', GT: '>', QUOT: '"', COPY: '©', REG: '®' }),
]);

/** Names that end with a semicolon. */
const CLOSED: ReadonlyMap<string, string> = new Map([
  ...OPEN,
  ...Object.entries({
    ...{ apos: "'", lsquo: '‘', rsquo: '’', ldquo: '“', rdquo: '”', sbquo: '‚', bdquo: '„' },
    ...{ ndash: '–', mdash: '—', hellip: '…', bull: '•', trade: '™', euro: '€', dagger: '†' },
    ...{ larr: '←', uarr: '↑', rarr: '→', darr: '↓', hearts: '♥', check: '✓', star: '☆' },
    ...{ ensp: '\u2002', emsp: '\u2003', thinsp: '\u2009', zwnj: '\u200c', zwj: '\u200d' },
    ...{ OElig: 'Œ', oelig: 'œ', Scaron: 'Š', scaron: 'š', infin: '∞', ne: '≠', le: '≤', ge: '≥' },
  }),
]);

/** What Windows has at 0x80 to 0x9F; `TextDecoder` of some versions of Node has control characters there. */
const WINDOWS_1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';

/** Put characters in place of references, those without a semicolon included. */
export function unescapeHtml(text: string): string {
  return text.replace(/&(#\d+|#[xX][\da-fA-F]+|[^\t\n\f <&#;]{1,32})(;?)/g, (whole, name, end) => {
    if (name.startsWith('#')) return characterOf(name);
    const closed = end === ';' ? CLOSED.get(name) : OPEN.get(name);
    if (closed !== undefined) return closed;
    // The longest name that the word begins with.
    for (let length = name.length; length > 1; length--) {
      const found = OPEN.get(name.slice(0, length));
      if (found !== undefined) return found + name.slice(length) + end;
    }
    return whole;
  });
}

/** Put characters in place of references that end with a semicolon: no others can be told from words. */
export function unescapeClosedHtml(text: string): string {
  return text.replace(/&(#\d+|#[xX][\da-fA-F]+|[\da-zA-Z]{1,24});/g, (whole, name) =>
    name.startsWith('#') ? characterOf(name) : (CLOSED.get(name) ?? whole),
  );
}

/** The character that Windows has at `code`, 0x80 to 0x9F, in place of a control character. */
export function fromWindows1252(code: number): string {
  return WINDOWS_1252.charAt(code - 0x80);
}

function characterOf(name: string): string {
  const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
  if (code >= 0x80 && code < 0xa0) return fromWindows1252(code);
  if (code === 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return '\ufffd';
  const isSign = code === 9 || code === 10 || code === 13 || (code >= 0x20 && code !== 0x7f);
  const isCharacter = (code & 0xfffe) !== 0xfffe && !(code >= 0xfdd0 && code < 0xfdf0);
  return isSign && isCharacter ? String.fromCodePoint(code) : '';
}
