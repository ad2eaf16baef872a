// Tokens that are found in a text as they stand, before the rest is cut into words: `<|endoftext|>` and its like. After
// `tokenizers` (added_vocabulary.rs), whose idea of white space is Unicode's.

/** A token that was added to a vocabulary. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** Takes the white space before it, or behind it, along. */
  readonly lstrip?: boolean | undefined;
  readonly rstrip?: boolean | undefined;
  /** Looked for, in its normalised form, in text that has been normalised. */
  readonly normalized?: boolean | undefined;
  readonly special?: boolean | undefined;
}

/** How text is normalised. */
export type Normalize = (text: string) => string;

/** A stretch of a text: a token that was found, or text that is still to be cut into words. */
export type Stretch = number | string;

/**
 * Make the function that finds added tokens in a text: first those that are looked for in the text as it is, then, in
 * what is left, those that are looked for in normalised text. Texts among its results are normalised.
 */
export function addedTokenFinder(
  tokens: readonly AddedToken[],
  normalize: Normalize,
): (text: string) => Stretch[] {
  const plain = finder(tokens.filter(({ normalized }) => normalized !== true));
  const later = finder(
    tokens
      .filter(({ normalized }) => normalized === true)
      .map((token) => ({ ...token, content: normalize(token.content) })),
  );
  return (text) =>
    plain(text).flatMap((part) => (typeof part === 'string' ? later(normalize(part)) : [part]));
}

/** The leftmost match wins, then the longest. */
function finder(tokens: readonly AddedToken[]): (text: string) => Stretch[] {
  if (tokens.length === 0) return (text) => (text === '' ? [] : [text]);
  const byContent = new Map(tokens.map((token) => [token.content, token]));
  const longestFirst = [...byContent.keys()].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(longestFirst.map(escaped).join('|'), 'g');
  return (text) => {
    const found: Stretch[] = [];
    let from = 0;
    for (const match of text.matchAll(pattern)) {
      const { id, lstrip, rstrip } = byContent.get(match[0])!;
      const end = match.index + match[0].length;
      let start = match.index;
      while (lstrip && start > from && isSpace(text.charCodeAt(start - 1))) start--;
      if (start > from) found.push(text.slice(from, start));
      found.push(id);
      from = end;
      while (rstrip && isSpace(text.charCodeAt(from))) from++;
    }
    if (from < text.length) found.push(text.slice(from));
    return found;
  };
}

/** White space as Unicode defines it (White_Space): JavaScript's own has U+FEFF and lacks U+0085. */
function isSpace(code: number): boolean {
  return code === 0x85 || (code !== 0xfeff && /\s/.test(String.fromCharCode(code)));
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
