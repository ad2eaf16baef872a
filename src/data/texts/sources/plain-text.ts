// Documents in a .txt file: all of it, its paragraphs or its lines.
import { UserError } from '../../../base/errors.ts';
import type { FileDocument, Skip, TextFile } from './text-file.ts';
import { checkLength, readLines } from './text-lines.ts';
import { readPieces } from './text-pieces.ts';

/** What counts as one document. Blank lines are none, nor is an empty file. */
type Division = 'file' | 'paragraph' | 'line';

/** Read a .txt file. */
export function plainText(path: string, division: Division): TextFile {
  const parts = { file: wholeFile, paragraph: paragraphs, line: lines }[division];
  return {
    async *documents(skip: Skip) {
      for await (const document of parts(path)) {
        if (document.content.includes('\0'))
          throw new UserError(`invalid text file: '${document.source}' holds a zero byte`, {
            hint: 'it looks like a binary file, or like text in UTF-16',
          });
        if (skip.left > 0) skip.left--;
        else yield document;
      }
    },
  };
}

type PlainDocument = FileDocument & { readonly content: string };

async function* wholeFile(path: string): AsyncGenerator<PlainDocument, void> {
  let content = '';
  for await (const piece of readPieces(path)) {
    content += piece;
    checkLength(content.length, path);
  }
  if (content !== '') yield { source: path, content };
}

async function* paragraphs(path: string): AsyncGenerator<PlainDocument, void> {
  let paragraph: string[] = [];
  let length = 0;
  let number = 0;
  const take = (): PlainDocument => {
    const first = number - paragraph.length;
    const document = { source: `${path}:${first}`, content: paragraph.join('\n') };
    paragraph = [];
    length = 0;
    return document;
  };
  for await (const line of readLines(path)) {
    number++;
    if (line.trim() !== '') {
      paragraph.push(line);
      length += line.length + 1;
      checkLength(length, path);
    } else if (paragraph.length > 0) yield take();
  }
  number++;
  if (paragraph.length > 0) yield take();
}

async function* lines(path: string): AsyncGenerator<PlainDocument, void> {
  let number = 0;
  for await (const line of readLines(path)) {
    number++;
    if (line.trim() !== '') yield { source: `${path}:${number}`, content: line };
  }
}
