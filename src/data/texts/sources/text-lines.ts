// Lines of a text file, one at a time.
import { UserError } from '../../../base/errors.ts';
import { readPieces } from './text-pieces.ts';

/** Characters that one document may have: its tokens, about a quarter as many, are all in memory at once. */
const MAX_DOCUMENT = 2 ** 25;

/**
 * Read the lines of a file, without their ends (`\n` or `\r\n`).
 *
 * @throws {UserError} as {@link readPieces}, and when a line is endless.
 */
export async function* readLines(path: string): AsyncGenerator<string, void> {
  let rest = '';
  for await (const piece of readPieces(path)) {
    const lines = piece.split('\n');
    lines[0] = rest + lines[0]!;
    rest = lines.pop()!;
    for (const line of lines) yield withoutReturn(line);
    checkLength(rest.length, path);
  }
  if (rest !== '') yield withoutReturn(rest);
}

/** Refuse a document that does not end. */
export function checkLength(length: number, path: string): void {
  if (length <= MAX_DOCUMENT) return;
  throw new UserError(
    `unsupported text file: '${path}' has a document of more than ${MAX_DOCUMENT} characters`,
    {
      hint: 'divide it into lines, paragraphs or files',
    },
  );
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
