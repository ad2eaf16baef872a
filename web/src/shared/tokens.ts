// Tokens as people can read them.

const SIGNS: Readonly<Record<string, string>> = { '\n': '⏎', '\r': '\\r', '\t': '⇥' };

/** A text whose control characters can be seen: `⏎`, `\x00`, `\u0085`. */
export function showControls(text: string): string {
  return text.replace(/\p{Cc}/gu, (sign) => {
    const hex = sign.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0');
    // From 0x80 on a character is not the byte of its number, which `\xFF` would say. Few fonts have Unicode's pictures.
    return SIGNS[sign] ?? (sign < '\x80' ? `\\x${hex}` : `\\u00${hex}`);
  });
}

/** A token whose white space can be seen: `·rifle`, `⏎`. */
export function showToken(token: string): string {
  return showControls(token).replace(/^ +| +$/g, (spaces) => '·'.repeat(spaces.length)) || '∅';
}

/** The same, cut to `length` characters. */
export function shortToken(token: string, length: number): string {
  const characters = [...showToken(token)];
  return characters.length <= length
    ? characters.join('')
    : `${characters.slice(0, Math.max(1, length - 1)).join('')}…`;
}
