// Tokens as people can read them.

const SIGNS: Readonly<Record<string, string>> = { '\n': '⏎', '\r': '␍', '\t': '⇥' };

/** A text whose control characters can be seen: `⏎`, `␀`, `\u0085`. */
export function showControls(text: string): string {
  return text.replace(/\p{Cc}/gu, (sign) => {
    const code = sign.charCodeAt(0);
    // Unicode has pictures of the first 32 in their order, and of the one that deletes.
    if (code < 0x20) return SIGNS[sign] ?? String.fromCharCode(0x2400 + code);
    return code === 0x7f ? '␡' : `\\u00${code.toString(16)}`;
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
