// Tokens as people can read them.

const SIGNS: Readonly<Record<string, string>> = { '\n': '⏎', '\r': '␍', '\t': '⇥' };

/** A token whose white space can be seen: `·rifle`, `⏎`. */
export function showToken(token: string): string {
  const shown = token.replace(/[\n\r\t]/g, (sign) => SIGNS[sign]!);
  return shown.replace(/^ +| +$/g, (spaces) => '·'.repeat(spaces.length)) || '∅';
}

/** The same, cut to `length` characters. */
export function shortToken(token: string, length: number): string {
  const characters = [...showToken(token)];
  return characters.length <= length
    ? characters.join('')
    : `${characters.slice(0, Math.max(1, length - 1)).join('')}…`;
}
