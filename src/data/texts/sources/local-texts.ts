// Texts on this disk: a .txt, .jsonl or .parquet file, or a folder of them.
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../../base/errors.ts';
import { kindOfPath } from '../../../base/files.ts';
import { hintForName } from '../../../base/system/file-names.ts';
import { compareCodePoints } from '../../../formats/python/python-json.ts';
import { localBuffer } from '../../../hub/ranges.ts';
import { filesBelow } from '../../files/tree.ts';
import { columnField } from './content.ts';
import { jsonLines } from './json-lines.ts';
import { parquetTexts } from './parquet-texts.ts';
import { plainText } from './plain-text.ts';
import type { TextFile } from './text-file.ts';
import { textKind } from './text-kind.ts';
import { PACKED } from './text-pieces.ts';

const schema = z
  .strictObject({
    type: z.literal('text-files'),
    root: z
      .string()
      .min(1)
      .default('./data/texts')
      .describe('A .txt, .jsonl or .parquet file, or a folder of them.'),
    documents: z
      .enum(['file', 'paragraph', 'line'])
      .default('file')
      .describe(
        'What is a document in a .txt file: all of it, or what stands between blank lines, or a line.',
      ),
    column: columnField,
  })
  .describe('Texts on this disk.');

type LocalConfig = z.output<typeof schema>;

/** Text files of this disk; those of a folder in the order of their paths. */
export const localTexts = textKind({
  schema,
  name: ({ root }) => root,
  // A person's file is one long text, of which `stream` reads the beginning only.
  usualPacking: 'concatenated',
  files: findFiles,
});

async function findFiles(config: LocalConfig): Promise<TextFile[]> {
  const { root } = config;
  const kind = await kindOfPath(root);
  if (kind === 'file') {
    const file = textFile(root, config);
    if (file !== undefined) return [file];
    throw new UserError(`unsupported text file: '${root}'`, { hint: `known are ${KNOWN}` });
  }
  if (kind !== 'folder')
    throw new UserError(`missing texts: '${root}'`, {
      hint: hintForName(root, `give a file or folder of ${KNOWN}`),
    });
  const names = (await filesBelow(root))
    .filter((name) => !name.split('/').some((part) => part.startsWith('.')))
    .sort(compareCodePoints);
  const files: TextFile[] = [];
  for (const name of names) {
    const path = join(root, name);
    const file = textFile(path, config);
    if (file !== undefined) files.push(file);
  }
  if (files.length > 0) return files;
  throw new UserError(`missing texts: no text file in '${root}'`, { hint: `known are ${KNOWN}` });
}

const KNOWN = '.txt, .jsonl and .parquet; .txt and .jsonl also as .gz or .zst';

function textFile(path: string, { documents, column }: LocalConfig): TextFile | undefined {
  const packed = PACKED.find((ending) => path.endsWith(ending)) ?? '';
  const stem = path.slice(0, path.length - packed.length).toLowerCase();
  if (stem.endsWith('.txt')) return plainText(path, documents);
  if (['.jsonl', '.ndjson', '.json'].some((ending) => stem.endsWith(ending)))
    return jsonLines(path, column);
  if (stem.endsWith('.parquet') && packed === '')
    return parquetTexts(path, () => localBuffer(path), column);
  return undefined;
}
