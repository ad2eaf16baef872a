// Names of files whose bytes are no UTF-8 (Latin-1 of old archives, say): as text like Python's, and back to the bytes.

import { readdir } from 'node:fs/promises';
import { logger } from '../log.ts';

const log = logger('files');

/** What a byte that is no UTF-8 becomes, as in Python's `surrogateescape` (PEP 383): U+DC80 to U+DCFF. */
const ESCAPED = 0xdc00;

/** Lone surrogates alone: with `u`, a pair is one character. */
const ESCAPES = /[\udc80-\udcff]/u;

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Read the bytes of a name as UTF-8; each byte that is none becomes a lone surrogate, which sorts as in Python. */
export function textOfName(bytes: Uint8Array): string {
  const whole = decoded(bytes);
  if (whole !== undefined) return whole;
  let name = '';
  for (let at = 0; at < bytes.length; ) {
    const length = lengthOfCharacter(bytes[at]!);
    const character = decoded(bytes.subarray(at, at + length));
    name += character ?? String.fromCharCode(ESCAPED + bytes[at]!);
    at += character === undefined ? 1 : length;
  }
  return name;
}

/** Give a path as the file system takes it: itself, or its bytes where names in it are no UTF-8. */
export function pathOfText(path: string): string | Buffer {
  if (!ESCAPES.test(path)) return path;
  const parts = [...path].map((character) => {
    const isByte = ESCAPES.test(character);
    return isByte ? Buffer.of(character.charCodeAt(0) - ESCAPED) : Buffer.from(character);
  });
  return Buffer.concat(parts);
}

/** List the names in a folder, but for those that are no UTF-8: a warning tells of them. */
export async function namesIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder, { encoding: 'buffer' })).map(textOfName);
  return names.filter((name) => {
    if (!ESCAPES.test(name)) return true;
    log.warn(
      `passing over '${name.replace(/[\udc80-\udcff]/gu, '\ufffd')}' in '${folder}': its name is not UTF-8`,
    );
    return false;
  });
}

/** Give the hint for a path at which nothing stands; one that the shell gave in another encoding cannot be found. */
export function hintForName(path: string, otherwise: string): string {
  return path.includes('\ufffd')
    ? 'names are taken in UTF-8 where they are given: rename it, or link to it under another name'
    : otherwise;
}

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

function lengthOfCharacter(first: number): number {
  if (first < 0xc0) return 1;
  return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}
