// Unpacking an archive into a folder: only what is wanted, nothing outside the folder, and no more than a limit.
import { createReadStream } from 'node:fs';
import { mkdir, open, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../../../base/errors.ts';
import { diskError } from '../../../base/files.ts';
import { logger } from '../../../base/log.ts';
import { startProgress } from '../../../base/progress.ts';
import { bytes } from '../../../base/text.ts';
import { openBytes } from '../../../formats/byte-source.ts';
import { readTar, type TarMember } from '../../../formats/tar/tar.ts';
import { openZip, type ZipArchive } from '../../../formats/zip/zip.ts';
import { checkMemberPath, pathBook, staysInside } from './member-path.ts';

const log = logger('download');

/** Most files that an archive may hold. */
const FILE_LIMIT = 500_000;
/** Images hardly shrink: an archive that unpacks to more than so many times its size is made to fill a disk. */
const RATIO_LIMIT = 10;
/** Bytes that any archive may unpack to. */
const SMALL = 2 ** 26;

/** What to unpack. */
export interface Unpacking {
  /** Existing folder. */
  readonly into: string;
  /** Where a member goes, in `into`; undefined: it is not wanted. */
  readonly place: (path: string) => string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Unpack a tar archive, packed with gzip or not; returns the number of files.
 *
 * @throws {UserError} when it is damaged, holds what leads out of the folder, or unpacks to far more than its size.
 */
export async function unpackTar(path: string, unpacking: Unpacking): Promise<number> {
  return withProgress(path, unpacking.signal, (size, tick) => {
    const pieces = counted(createReadStream(path, { highWaterMark: 2 ** 20 }), tick);
    const members = readTar(pieces, path, limitOf(size));
    return unpackMembers(members, { ...unpacking, name: path, size });
  });
}

/**
 * Unpack a zip archive; returns the number of files.
 *
 * @throws {UserError} as {@link unpackTar}.
 */
export async function unpackZip(path: string, unpacking: Unpacking): Promise<number> {
  const zip = await openArchive(path);
  try {
    return await withProgress(path, unpacking.signal, (size, tick) => {
      async function* members(): AsyncGenerator<TarMember> {
        for (const { name, size: unpacked, packedSize, isLink } of zip.members.values()) {
          if (isLink) {
            const target = Buffer.from(await zip.read(name)).toString('utf8');
            yield { path: name, kind: 'symlink', target, size: 0, content: nothing() };
            continue;
          }
          const content = zip.stream(name);
          yield { path: name, kind: 'file', target: undefined, size: unpacked, content };
          tick(packedSize);
        }
      }
      return unpackMembers(members(), { ...unpacking, name: path, size });
    });
  } finally {
    await zip.close();
  }
}

/**
 * Unpack a tar archive that is a member of a zip archive; returns the number of files.
 *
 * @throws {UserError} as {@link unpackTar}, and when there is no such member.
 */
export async function unpackTarInZip(
  path: string,
  member: string,
  unpacking: Unpacking,
): Promise<number> {
  const zip = await openArchive(path);
  try {
    if (!zip.members.has(member))
      throw new UserError(`missing '${member}' in '${path}'`, {
        hint: 'it is not the archive that the authors publish',
      });
    return await withProgress(path, unpacking.signal, (size, tick) => {
      const pieces = counted(zip.stream(member), tick);
      const members = readTar(pieces, `${path}:${member}`, limitOf(size));
      return unpackMembers(members, { ...unpacking, name: path, size });
    });
  } finally {
    await zip.close();
  }
}

async function openArchive(path: string): Promise<ZipArchive> {
  const source = await openBytes(path, 'archive');
  try {
    return await openZip(source);
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** Write the wanted members; `size` is that of the archive `name` in bytes. */
async function unpackMembers(
  members: AsyncIterable<TarMember>,
  { into, place, signal, name, size }: Unpacking & { readonly name: string; readonly size: number },
): Promise<number> {
  const limit = limitOf(size);
  const [seen, written] = [pathBook(name), pathBook(name)];
  const folders = new Set<string>();
  let total = 0;
  let nMembers = 0;
  let nFiles = 0;
  const spend = (count: number): void => {
    total += count;
    if (total <= limit) return;
    throw new UserError(
      `refused archive '${name}': it unpacks to more than ${bytes(limit)}, from ${bytes(size)}`,
      { hint: 'nothing was kept; get the archive from its authors' },
    );
  };
  for await (const member of members) {
    signal?.throwIfAborted();
    const path = checkMemberPath(member.path, name);
    if (++nMembers > FILE_LIMIT)
      throw new UserError(`refused archive '${name}': it holds more than ${FILE_LIMIT} files`);
    if (member.kind === 'directory' || path === '') continue;
    if (member.kind !== 'file') {
      refuseOrPassOver(member, path, name);
      continue;
    }
    seen.note(path);
    if (total + member.size > limit) spend(member.size);
    const to = place(path);
    if (to === undefined) {
      spend(member.size);
      continue;
    }
    written.note(to);
    const target = join(into, to);
    if (!folders.has(dirname(target))) await mkdir(dirname(target), { recursive: true });
    folders.add(dirname(target));
    await writePieces(target, counted(member.content, spend), signal);
    nFiles++;
  }
  return nFiles;
}

/** Links that stay inside are of no use to a set of images; whatever else is no file has no business there. */
function refuseOrPassOver({ kind, target }: TarMember, path: string, archive: string): void {
  const isLink = kind === 'symlink' || kind === 'link';
  if (isLink && target !== undefined && staysInside(path, kind, target)) {
    log.warn(`passing over '${path}' in '${archive}': it is a link`);
    return;
  }
  const what = isLink ? `is a link to '${target}', out of its folder` : `is of the kind '${kind}'`;
  throw new UserError(`refused archive '${archive}': its member '${path}' ${what}`, {
    hint: 'nothing was kept; get the archive from its authors',
  });
}

async function writePieces(
  path: string,
  pieces: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const refused = (error: unknown): never => {
    throw diskError(error, path);
  };
  const file = await open(path, 'wx').catch(refused);
  try {
    for await (const piece of pieces) {
      signal?.throwIfAborted();
      for (let at = 0; at < piece.byteLength; )
        at += (await file.write(piece, at).catch(refused)).bytesWritten;
    }
  } finally {
    await file.close();
  }
}

async function* counted(
  pieces: AsyncIterable<Uint8Array>,
  count: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    count(piece.byteLength);
    yield piece;
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** Bytes that an archive of `size` bytes may unpack to. */
function limitOf(size: number): number {
  return Math.max(SMALL, size * RATIO_LIMIT);
}

async function withProgress<T>(
  path: string,
  signal: AbortSignal | undefined,
  work: (size: number, tick: (bytes: number) => void) => Promise<T>,
): Promise<T> {
  const { size } = await stat(path);
  const progress = startProgress(`unpack ${basename(path)}`, { total: size / 1e6, unit: 'MB' });
  try {
    return await work(size, (count) => {
      signal?.throwIfAborted();
      progress.tick(count / 1e6);
    });
  } catch (error) {
    // What reads an archive takes the end of its bytes for damage.
    signal?.throwIfAborted();
    throw error;
  } finally {
    progress.end();
  }
}
