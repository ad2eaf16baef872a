// One file of a set in the folder: found there, or downloaded.
import { rm, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { UserError } from '../../../base/errors.ts';
import { kindOfPath } from '../../../base/files.ts';
import { logger } from '../../../base/log.ts';
import type { FileRecord } from '../record.ts';
import { fileName, type LabelledSet, type PublishedFile } from '../sets/labelled-set.ts';
import { type Fetching, fetchFile, hashFile, problemOf } from './fetch-file.ts';

const log = logger('download');

/** What is known of the file, and what may be done to get it. */
export interface Having extends Omit<Fetching, 'published'> {
  /** Whether it may be downloaded. */
  readonly download: boolean;
  /** What an earlier call found. */
  readonly known: FileRecord | undefined;
  /** Called before something is downloaded. */
  readonly tell: (size: number | undefined) => void;
}

/**
 * Tell where a file of a set is: as published, or at `url`, an address of a folder (with a last slash, and always for
 * sets of several files) or of the file.
 *
 * @throws {UserError} for what is no address on the web.
 */
export function urlOf(file: PublishedFile, set: LabelledSet, url: string | undefined): string {
  if (url === undefined || url === '') return file.url;
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol !== 'http:' && parsed?.protocol !== 'https:')
    throw new UserError(`invalid address: '${url}'`, {
      hint: 'give one of http or https; a file that is here already goes into the folder, with --no-download',
    });
  const name = fileName(file);
  const isFolder = parsed.pathname.endsWith('/') || set.files.length > 1;
  if (!isFolder) return url;
  const own = set.files.map(fileName).find((other) => parsed.pathname.endsWith(`/${other}`));
  if (own !== undefined) parsed.pathname = parsed.pathname.slice(0, -own.length);
  if (!parsed.pathname.endsWith('/')) parsed.pathname += '/';
  parsed.pathname += name;
  return parsed.href;
}

/**
 * Give what is known of the file at `path`, having downloaded it if need be.
 *
 * @throws {UserError} when it is another file, is missing and may not be downloaded, or the download fails.
 */
export async function haveFile(path: string, having: Having): Promise<FileRecord> {
  const { file, url, hash, download, known, signal, tell } = having;
  // A file that is not the published one is wanted from where it is asked for.
  const isElsewhere = known !== undefined && known.url !== '' && known.url !== url;
  if (isElsewhere && known.md5 !== file.md5 && download) await rm(path, { force: true });
  const kind = await kindOfPath(path);
  if (kind === 'nothing') {
    if (!download)
      throw new UserError(`missing file: '${path}'`, {
        hint: `get it from ${file.url}, or leave out --no-download`,
      });
    tell(url === file.url ? file.size : undefined);
    // What nobody published a hash of must be what was downloaded first.
    const first = file.md5 === undefined && known?.url === url ? known.sha256 : undefined;
    return fetchFile(path, { ...having, hash: hash ?? first, published: url === file.url });
  }
  if (kind !== 'file') throw new UserError(`cannot write '${path}': it is no file`);
  const { size, mtimeMs: changedAt } = await stat(path);
  if (known !== undefined && known.size === size && known.changedAt === changedAt && !hash)
    return known;
  const found = { size, ...(await hashFile(path, signal)) };
  const problem = problemOf(found, file, hash ?? file.md5, hash === undefined);
  const isKnown = known?.sha256 === found.sha256;
  if (problem === undefined || (isKnown && !hash))
    return { url: isKnown ? known.url : '', ...found, changedAt };
  if (hash !== undefined || download)
    throw new UserError(
      `'${path}' is not the file '${basename(path)}' that is wanted: ${problem}`,
      {
        hint:
          hash === undefined
            ? 'remove it, or give --no-download to use it all the same'
            : 'remove it',
      },
    );
  log.warn(`'${path}' is not the file that its authors publish (${problem})`);
  return { url: '', ...found, changedAt };
}
