// From a choice of texts in a config to the texts themselves.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../../base/errors.ts';
import { kindOfPath } from '../../../base/files.ts';
import type { HubOptions } from '../../../hub/client.ts';
import { localBuffer } from '../../../hub/ranges.ts';
import { comparePython } from '../../files/walk.ts';
import type { TextConfig } from '../config.ts';
import type { TextSource } from './documents.ts';
import { hubTexts } from './hub-texts.ts';
import { jsonLines } from './json-lines.ts';
import { worldTexts } from './language-world.ts';
import { parquetTexts } from './parquet-texts.ts';
import { plainText } from './plain-text.ts';
import type { TextFile } from './text-file.ts';
import { PACKED } from './text-pieces.ts';

type FilesConfig = Extract<TextConfig, { type: 'text-files' }>;

/** Open the texts that a config names. The signal ends later reads over the network, too. @throws UserError */
export async function openTexts(config: TextConfig, options: HubOptions = {}): Promise<TextSource> {
  switch (config.type) {
    case 'text-hub':
      return joinFiles(config.name, await hubTexts(config, options));
    case 'text-files':
      return joinFiles(config.root, await localTexts(config));
    case 'text-world':
      return joinFiles(`world ${config.seed}`, [worldTexts(config)]);
  }
}

/** Number the documents of several files through. */
export function joinFiles(name: string, files: readonly TextFile[]): TextSource {
  return {
    name,
    async *documents({ start = 0, signal } = {}) {
      const skip = { left: start };
      let index = start;
      for (const file of files) {
        for await (const { source, content } of file.documents(skip)) {
          signal?.throwIfAborted();
          yield { index, source, content };
          index++;
        }
      }
      if (index === 0) throw new UserError(`invalid text set: '${name}' holds no document`);
      if (skip.left > 0)
        throw new UserError(
          `invalid start: document ${start} of '${name}', which has ${start - skip.left}`,
          { hint: 'the texts have changed since; begin anew' },
        );
    },
  };
}

async function localTexts(config: FilesConfig): Promise<TextFile[]> {
  const { root } = config;
  const kind = await kindOfPath(root);
  if (kind === 'file') {
    const file = textFile(root, config);
    if (file !== undefined) return [file];
    throw new UserError(`unsupported text file: '${root}'`, { hint: `known are ${KNOWN}` });
  }
  if (kind !== 'folder')
    throw new UserError(`missing texts: '${root}'`, { hint: `give a file or folder of ${KNOWN}` });
  const names = (await readdir(root, { recursive: true }))
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => !name.split('/').some((part) => part.startsWith('.')))
    .sort(comparePython);
  const files: TextFile[] = [];
  for (const name of names) {
    const path = join(root, name);
    const file = textFile(path, config);
    if (file !== undefined && (await kindOfPath(path)) === 'file') files.push(file);
  }
  if (files.length > 0) return files;
  throw new UserError(`missing texts: no text file in '${root}'`, { hint: `known are ${KNOWN}` });
}

const KNOWN = '.txt, .jsonl and .parquet; .txt and .jsonl also as .gz or .zst';

function textFile(path: string, { documents, column }: FilesConfig): TextFile | undefined {
  const packed = PACKED.find((ending) => path.endsWith(ending)) ?? '';
  const stem = path.slice(0, path.length - packed.length).toLowerCase();
  if (stem.endsWith('.txt')) return plainText(path, documents);
  if (['.jsonl', '.ndjson', '.json'].some((ending) => stem.endsWith(ending)))
    return jsonLines(path, column);
  if (stem.endsWith('.parquet') && packed === '')
    return parquetTexts(path, () => localBuffer(path), column);
  return undefined;
}
