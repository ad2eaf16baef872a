// The parts of the page that may be inside it or beside it: chunks of features, and images.
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { diskError } from '../base/files.ts';
import { makeFolder } from '../base/folders.ts';

/** Chunks, and images, stay inside the page up to this many bytes. */
const INLINE_LIMIT = 4 * 2 ** 20;

interface PageFile {
  readonly file: string;
  readonly bytes: Uint8Array;
  /** The same content as a part of the page. */
  readonly inline: string;
}

/** Files that stay inside the page until they are too many, and then all go beside it. */
export interface PageFiles {
  add(file: PageFile): Promise<void>;
  readonly isInline: boolean;
  /** The contents that stayed inside. */
  inline(): string[];
}

/** Collect files for `folder`; `limit` is in bytes of their content as a part of the page. */
export function pageFiles(folder: string, limit: number = INLINE_LIMIT): PageFiles {
  let held: PageFile[] = [];
  let size = 0;
  let isInline = true;
  const write = async ({ file, bytes }: PageFile): Promise<void> => {
    const path = join(folder, file);
    try {
      await makeFolder(dirname(path));
      await writeFile(path, bytes);
    } catch (error) {
      throw diskError(error, path);
    }
  };
  return {
    get isInline() {
      return isInline;
    },
    inline: () => held.map(({ inline }) => inline),
    async add(file) {
      size += file.inline.length;
      if (isInline && size <= limit) {
        held.push(file);
        return;
      }
      isInline = false;
      for (const waiting of held) await write(waiting);
      held = [];
      await write(file);
    },
  };
}

/** How data inside the page begins and ends. */
export const islandStart = (id: string): string => `<script type="application/json" id="${id}">`;
export const ISLAND_END = '</script>';

/** Data inside the page. `<` is escaped, so that no text can end the element. */
export function island(id: string, json: string): string {
  return `${islandStart(id)}${json.replaceAll('<', '\\u003c')}${ISLAND_END}`;
}
