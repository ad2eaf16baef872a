// A page of features read back from its folder, whichever way it was written: data and pictures inside index.html, or
// beside it. Nothing is read that lies outside the folder.
import { open, readFile, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { errorCode, UserError } from '../base/errors.ts';
import { diskError, joinInside } from '../base/files.ts';
import { PAGE_NAMES, type PackedIndex, type PageChunk, type PageIndex } from './feature-page.ts';
import { checkPageChunk, checkPageIndex } from './features/check-page.ts';
import { unpackIndex } from './features/packed-index.ts';
import { ISLAND_END, islandStart } from './page-files.ts';

/** A picture file. */
export interface PagePicture {
  readonly bytes: Uint8Array;
  /** `image/jpeg` and so on. */
  readonly type: string;
}

/** The data of a page of features. A page that is written anew meanwhile is read anew. */
export interface PageFolder {
  readonly folder: string;
  /** The index. @throws {UserError} when there is no page, or one that is damaged or of another version. */
  index(): Promise<PageIndex>;
  /** The index as files hold it, for sending on. @throws {UserError} as `index` does. */
  packedIndex(): Promise<PackedIndex>;
  /** Features from `n · chunkSize` on. @throws {UserError} when they are missing or damaged. */
  chunk(n: number): Promise<PageChunk>;
  /** The picture of an example. @throws {UserError} when it is missing. */
  picture(example: number): Promise<PagePicture>;
}

/** Larger files are no pages. */
const MOST_BYTES = 2 ** 28;

const TYPES: Readonly<Record<string, string>> = {
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
};

/** Open the page of features in `folder`; it is read when it is asked for. */
export function openPageFolder(folder: string): PageFolder {
  const path = join(folder, 'index.html');
  const what = `page of features '${folder}'`;
  let known: Document | undefined;

  const document = async (): Promise<Document> => {
    const stamp = await stampOf(path, what);
    if (known?.stamp !== stamp)
      known = { stamp, islands: findIslands(await readInside(folder, 'index.html', what)) };
    return known;
  };
  const island = async ({ islands }: Document, id: string): Promise<unknown> => {
    const place = islands.get(id);
    return place && parse((await readPart(path, place, what)).toString('utf8'), what);
  };
  const indexOf = async (from: Document): Promise<PackedIndex> => {
    const value = from.index ?? (await island(from, PAGE_NAMES.index));
    if (value === undefined) throw new UserError(`no page of features: '${folder}' has another`);
    from.index ??= checkPageIndex(value, what);
    return from.index;
  };
  return {
    folder,
    index: async () => unpackIndex(await indexOf(await document())),
    packedIndex: async () => indexOf(await document()),
    async chunk(n) {
      const from = await document();
      const { features, chunkSize } = await indexOf(from);
      if (!Number.isInteger(n) || n < 0 || n * chunkSize >= features.count) {
        throw new UserError(`no features ${n} in the ${what}`);
      }
      const file = PAGE_NAMES.chunkFile(n);
      const named = `'${file}' of the ${what}`;
      const inside = await island(from, PAGE_NAMES.chunk(n));
      if (inside !== undefined) return checkPageChunk(inside, named);
      const script = (await readInside(folder, file, named)).toString('utf8').trim();
      const [begin, end] = [`${PAGE_NAMES.receive}(${n},`, ')'];
      if (!script.startsWith(begin) || !script.endsWith(end)) {
        throw new UserError(`damaged ${named}`);
      }
      return checkPageChunk(parse(script.slice(begin.length, -end.length), named), named);
    },
    async picture(example) {
      const from = await document();
      const index = await indexOf(from);
      const missing = new UserError(`no picture of example ${example} in the ${what}`);
      if (index.modality !== 'image' || !Number.isInteger(example) || example < 0) throw missing;
      from.pictures ??= ((await island(from, PAGE_NAMES.images)) ?? {}) as Record<string, unknown>;
      const inside = Object.hasOwn(from.pictures, example) ? from.pictures[example] : undefined;
      if (inside !== undefined) return dataPicture(inside, missing);
      const type = TYPES[index.images.extension];
      if (type === undefined) throw missing;
      const file = PAGE_NAMES.imageFile(index.images, example);
      return { bytes: await readInside(folder, file, `picture '${file}' of the ${what}`), type };
    },
  };
}

/** The page as it was when its file had this stamp. */
interface Document {
  readonly stamp: string;
  readonly islands: ReadonlyMap<string, Part>;
  index?: PackedIndex;
  pictures?: Record<string, unknown>;
}

/** Bytes of a file. */
interface Part {
  readonly start: number;
  readonly end: number;
}

async function stampOf(path: string, what: string): Promise<string> {
  const { mtimeMs, size, ino } = await stat(path).catch((error: unknown) => {
    throw readError(error, path, what);
  });
  if (size > MOST_BYTES) throw new UserError(`no ${what}: its index.html has ${size} bytes`);
  return `${mtimeMs} ${size} ${ino}`;
}

/** Where the data elements of a page lie, by their ids. No text in one can end it. */
function findIslands(html: Buffer): Map<string, Part> {
  const found = new Map<string, Part>();
  const [before, after] = islandStart('\0').split('\0') as [string, string];
  for (let at = html.indexOf(before); at >= 0; at = html.indexOf(before, at)) {
    const idStart = at + before.length;
    const idEnd = html.indexOf(after, idStart);
    const start = idEnd + after.length;
    const end = html.indexOf(ISLAND_END, start);
    if (idEnd < 0 || end < 0) break;
    found.set(html.toString('utf8', idStart, idEnd), { start, end });
    at = end;
  }
  return found;
}

/** Read a file of a folder that no name and no link leads out of. */
async function readInside(folder: string, name: string, what: string): Promise<Buffer> {
  const path = joinInside(folder, name);
  try {
    const [root, real] = await Promise.all([realpath(folder), realpath(path)]);
    if (!real.startsWith(root.endsWith(sep) ? root : root + sep)) {
      throw new UserError(`refused: ${what} is a link to another folder`);
    }
    const stats = await stat(real);
    if (!stats.isFile() || stats.size > MOST_BYTES) throw new UserError(`damaged ${what}`);
    return await readFile(real);
  } catch (error) {
    throw readError(error, path, what);
  }
}

async function readPart(path: string, { start, end }: Part, what: string): Promise<Buffer> {
  try {
    const file = await open(path);
    try {
      const bytes = Buffer.alloc(end - start);
      const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
      if (bytesRead < bytes.length) throw new UserError(`damaged ${what}: it was cut short`);
      return bytes;
    } finally {
      await file.close();
    }
  } catch (error) {
    throw readError(error, path, what);
  }
}

function readError(error: unknown, path: string, what: string): unknown {
  const code = errorCode(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') return new UserError(`missing ${what}`);
  return diskError(error, path, 'read');
}

function parse(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UserError(`damaged ${what}: it is not JSON`, { cause });
  }
}

function dataPicture(address: unknown, missing: UserError): PagePicture {
  const match = /^data:(image\/(?:jpeg|png|webp));base64,([\w+/]*={0,2})$/.exec(String(address));
  if (match === null) throw missing;
  return { type: match[1]!, bytes: Buffer.from(match[2]!, 'base64') };
}
