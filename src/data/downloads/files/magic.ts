// What a file begins with: a page that asks to log in is told from an archive before it is kept.

import type { PublishedFile } from '../sets/labelled-set.ts';
import { noArchive } from './failures.ts';

const FORMATS: Readonly<
  Record<PublishedFile['format'], { readonly what: string; readonly begins: readonly number[] }>
> = {
  zip: { what: 'zip archive', begins: [0x50, 0x4b] },
  tgz: { what: 'tar archive packed with gzip', begins: [0x1f, 0x8b] },
  mat: { what: 'MAT-file', begins: [0x4d, 0x41] },
};

/**
 * Look at the first bytes of a file.
 *
 * @throws {UserError} when it is a web page, or of another format.
 */
export function checkHead(head: Uint8Array, format: PublishedFile['format'], source: string): void {
  const { what, begins } = FORMATS[format];
  if (begins.every((byte, i) => head[i] === byte || head.byteLength <= i)) return;
  const text = Buffer.from(head.subarray(0, 300)).toString('latin1').trimStart().toLowerCase();
  const isPage = text.startsWith('<!doctype html') || text.startsWith('<html');
  throw noArchive(source, isPage ? 'a web page is' : 'something else is', what);
}
