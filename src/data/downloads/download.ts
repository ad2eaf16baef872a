// Downloading a set of labelled images into a folder: its files, its parts, and the record of both.
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError, unknownName } from '../../base/errors.ts';
import { kindOfPath } from '../../base/files.ts';
import { makeFolder } from '../../base/folders.ts';
import type { Patience } from '../../base/http/patience.ts';
import { lockFolder } from '../../base/lock.ts';
import { logger } from '../../base/log.ts';
import { systemReason } from '../../base/system/reasons.ts';
import { temporaryPath } from '../../base/system/temporary.ts';
import { bytes } from '../../base/text.ts';
import { checkHash } from './files/fetch-file.ts';
import { type Having, haveFile, urlOf } from './files/have-file.ts';
import { listPart, readRecord, type SetRecord, writeRecord } from './record.ts';
import { fileName, type LabelledSet } from './sets/labelled-set.ts';
import { LABELLED_SET_NAMES, LABELLED_SETS, type LabelledSetName } from './sets/registry.ts';

const log = logger('download');

/** What to download, and what to do with it. */
export interface DownloadOptions {
  /** Folder for the parts of the set, and meanwhile for its files. @default '.' */
  readonly dir?: string;
  /** Seed of the split of Caltech-101. @default 42 */
  readonly seed?: number;
  /** Another place of the files: an address of a folder, with a last slash, or of the file itself. */
  readonly url?: string | undefined;
  /** Hash that the set's first file must have, md5 or sha256; unset: the published one. */
  readonly hash?: string | undefined;
  /** Whether to download what is not in `dir`. @default true */
  readonly download?: boolean;
  /** Whether to unpack the files. @default true */
  readonly extract?: boolean;
  /** Keep the downloaded files once they are unpacked. @default false */
  readonly keep?: boolean;
  /** Make parts anew that are there. @default false */
  readonly overwrite?: boolean;
  readonly patience?: Patience;
  readonly signal?: AbortSignal;
}

/** A file as it was downloaded. */
export interface DownloadedFile {
  /** Where it came from; empty: it was in the folder. */
  readonly url: string;
  /** Bytes. */
  readonly size: number;
  readonly md5: string;
  readonly sha256: string;
}

/** What is in the folder now. */
export interface DownloadedSet {
  readonly set: LabelledSetName;
  readonly dir: string;
  /** Whether all of it was there. */
  readonly unchanged: boolean;
  /** Number of files of each part that was unpacked. */
  readonly parts: Readonly<Record<string, number>>;
  /** The files that it was made from, as they were downloaded. */
  readonly files: Readonly<Record<string, DownloadedFile>>;
}

const PATIENCE: Patience = {
  answerTimeout: 30_000,
  stallTimeout: 30_000,
  attempts: 5,
  retryDelay: 500,
};

/**
 * Download a set of labelled images: folders of classes for each split, or the tree of ADE20K. A second call finds that
 * nothing is left to do; an interrupted one is gone on with.
 *
 * @throws {UserError} when the server fails or sends something else, an archive is damaged or would write outside the
 * folder, the disk is full, or something else stands in the place of the parts.
 */
export async function downloadLabelledSet(
  name: string,
  options: DownloadOptions = {},
): Promise<DownloadedSet> {
  if (!Object.hasOwn(LABELLED_SETS, name)) throw unknownName('data set', name, LABELLED_SET_NAMES);
  const set: LabelledSet = LABELLED_SETS[name as LabelledSetName];
  const { dir = '.', download = true, extract = true } = options;
  if (!download && !extract)
    throw new UserError('nothing to do: --no-download and --no-extract', {
      hint: 'leave one of them out',
    });
  if (options.hash !== undefined) checkHash(options.hash);
  for (const file of set.files) urlOf(file, set, options.url);
  await makeFolder(dir);
  const lock = await lockFolder(dir);
  try {
    return await inFolder(dir, set, options);
  } finally {
    await lock.release();
  }
}

async function inFolder(
  dir: string,
  set: LabelledSet,
  options: DownloadOptions,
): Promise<DownloadedSet> {
  const { extract = true, overwrite = false, seed = 42 } = options;
  const before = await readRecord(dir, set.name);
  if (extract && before?.state === 'whole' && !overwrite) {
    await checkWhole(dir, set, before, seed);
    return resultOf(dir, set, before, true);
  }
  if (extract) await checkPlaces(dir, set, before);
  const record = await haveFiles(dir, set, before, options);
  if (!extract) return resultOf(dir, set, record, isSame(record, before));
  const whole = await unpack(dir, set, record, options);
  if (options.keep !== true)
    // What a person put there stays theirs.
    for (const [name, { url }] of Object.entries(whole.files))
      if (url !== '') await rm(join(dir, name), { force: true });
  return resultOf(dir, set, whole, false);
}

/** Make sure that the files are in the folder, and note each as soon as it is. */
async function haveFiles(
  dir: string,
  set: LabelledSet,
  before: SetRecord | undefined,
  options: DownloadOptions,
): Promise<SetRecord> {
  const { extract = true, download = true, url, signal } = options;
  let record: SetRecord = before ?? { set: set.name, state: 'files', files: {}, parts: {} };
  for (const [i, file] of set.files.entries()) {
    const name = fileName(file);
    const having: Having = {
      file,
      url: urlOf(file, set, url),
      hash: i === 0 ? options.hash : undefined,
      download,
      known: record.files[name],
      alsoNeeded: extract ? set.unpackedSize : 0,
      patience: options.patience ?? PATIENCE,
      signal,
      tell: (size) => {
        const unpacked = extract && i === 0 ? `, about ${bytes(set.unpackedSize)} unpacked` : '';
        const what = size === undefined ? name : `${name}, ${bytes(size)},`;
        log.info(`${set.title}: ${what} from ${urlOf(file, set, url)}${unpacked}`);
      },
    };
    const found = await haveFile(join(dir, name), having);
    if (found === record.files[name]) continue;
    record = { ...record, files: { ...record.files, [name]: found } };
    await writeRecord(dir, record);
  }
  return record;
}

/** Unpack the files beside the parts' places, then let the parts take them. */
async function unpack(
  dir: string,
  set: LabelledSet,
  record: SetRecord,
  { seed = 42, signal }: DownloadOptions,
): Promise<SetRecord> {
  const staging = temporaryPath(join(dir, '.unpacked'));
  await makeFolder(staging);
  try {
    const names = set.files.map(fileName);
    const files = new Map(names.map((name) => [name, join(dir, name)]));
    await set.arrange({ files, into: staging, seed, signal });
    const parts: SetRecord['parts'] = {};
    for (const part of set.parts) parts[part] = await listPart(staging, part);
    const made: SetRecord = {
      ...record,
      state: 'placing',
      ...(set.seeded && { seed }),
      parts,
    };
    signal?.throwIfAborted();
    await writeRecord(dir, made);
    for (const part of set.parts) {
      await rm(join(dir, part), { recursive: true, force: true });
      await rename(join(staging, part), join(dir, part));
    }
    const whole: SetRecord = { ...made, state: 'whole' };
    await writeRecord(dir, whole);
    return whole;
  } catch (error) {
    await dropUseless(dir, set, record, error);
    throw error;
  } finally {
    await rm(staging, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Drop downloaded files that cannot be unpacked, so that they are asked for again; those with the published hash are good. */
async function dropUseless(
  dir: string,
  set: LabelledSet,
  record: SetRecord,
  error: unknown,
): Promise<void> {
  const isDisk = error instanceof UserError && systemReason(error.cause) !== undefined;
  if (!(error instanceof UserError) || isDisk) return;
  const files = { ...record.files };
  for (const file of set.files) {
    const name = fileName(file);
    const held = files[name];
    if (held === undefined || held.url === '' || held.md5 === file.md5) continue;
    await rm(join(dir, name), { force: true });
    delete files[name];
  }
  await writeRecord(dir, { ...record, files });
}

/** Refuse to replace what this command did not make. */
async function checkPlaces(
  dir: string,
  set: LabelledSet,
  before: SetRecord | undefined,
): Promise<void> {
  if (before !== undefined && before.state !== 'files') return;
  for (const part of set.parts) {
    if ((await kindOfPath(join(dir, part))) === 'nothing') continue;
    throw new UserError(`cannot write '${join(dir, part)}': something stands there`, {
      hint: 'name another folder with --dir: each set needs one of its own',
    });
  }
}

/** Make sure that a set which was downloaded before is what is asked for, and still all there. */
async function checkWhole(
  dir: string,
  set: LabelledSet,
  before: SetRecord,
  seed: number,
): Promise<void> {
  if (set.seeded && before.seed !== seed)
    throw new UserError(`'${dir}' holds ${set.title} split with seed ${before.seed}, not ${seed}`, {
      hint: 'name another folder with --dir, or give --overwrite',
    });
  for (const part of set.parts) {
    const [made, now] = [before.parts[part], await listPart(dir, part)];
    if (made?.listing === now.listing) continue;
    throw new UserError(
      `'${join(dir, part)}' is no longer what was downloaded: ${now.files} files, of ${made?.files ?? 0}`,
      { hint: 'give --overwrite to make it anew, or leave it as it is' },
    );
  }
}

function isSame(record: SetRecord, before: SetRecord | undefined): boolean {
  return before !== undefined && record.files === before.files;
}

function resultOf(
  dir: string,
  set: LabelledSet,
  { files, parts }: SetRecord,
  unchanged: boolean,
): DownloadedSet {
  return {
    set: set.name as LabelledSetName,
    dir,
    unchanged,
    parts: Object.fromEntries(Object.entries(parts).map(([part, made]) => [part, made.files])),
    files: Object.fromEntries(
      Object.entries(files).map(([name, { url, size, md5, sha256 }]) => [
        name,
        { url, size, md5, sha256 },
      ]),
    ),
  };
}
