// The results of a study read back from its folder.
import { open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, UserError } from '../../base/errors.ts';
import { diskError } from '../../base/files.ts';
import type { StudyColumn, StudyPage, StudyTable } from '../../pages/study-page.ts';
import { type StudyKind, studyKindOf } from './kinds.ts';

/** Rows of a table that are given to a page, and bytes of the largest table and picture. */
const MOST_ROWS = 2000;
const MOST_BYTES = 2 ** 26;

/** Bytes at the beginning of a report in which its autoencoder is looked for. */
const HEAD_BYTES = 2 ** 14;

/** A study, with what names its autoencoder. */
export interface FoundStudy {
  readonly kind: StudyKind;
  readonly page: StudyPage;
  /** The checkpoint as the study named it; undefined where it does not say. */
  readonly coder: string | undefined;
}

/**
 * Read the results of the study in `folder`.
 * @throws {UserError} when there are none, or a table is damaged.
 */
export async function readStudy(folder: string): Promise<FoundStudy> {
  const { kind, files } = await kindIn(folder);
  const tables: StudyTable[] = [];
  for (const [file, title] of Object.entries(kind.tables))
    if (files.has(file)) tables.push(await readTable(join(folder, file), { file, title }));
  return {
    kind,
    page: {
      kind: kind.name,
      label: kind.label,
      tables,
      pictures: Object.entries(kind.pictures)
        .filter(([name]) => files.has(`${name}.png`))
        .map(([name, title]) => ({ name, title })),
      hasScores: kind.name === 'score',
    },
    coder: kind.report === undefined ? undefined : await coderIn(join(folder, kind.report)),
  };
}

/**
 * Read a picture that the study in `folder` drew.
 * @throws {UserError} when its kind has none of this name, or it is not there.
 */
export async function readStudyPicture(folder: string, name: string): Promise<Uint8Array> {
  const { kind } = await kindIn(folder);
  if (!Object.hasOwn(kind.pictures, name))
    throw new UserError(`no picture '${name}' of a study of ${kind.name}`);
  return readWhole(join(folder, `${name}.png`));
}

async function kindIn(folder: string): Promise<{ kind: StudyKind; files: Set<string> }> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw diskError(error, folder, 'read');
  });
  const files = new Set(entries.filter((entry) => entry.isFile()).map(({ name }) => name));
  const kind = studyKindOf(files);
  if (kind === undefined) throw new UserError(`no results of a study in '${folder}'`);
  return { kind, files };
}

async function readWhole(path: string): Promise<Buffer> {
  try {
    const stats = await stat(path);
    if (!stats.isFile()) throw new UserError(`'${path}' is no file`);
    if (stats.size > MOST_BYTES) throw new UserError(`'${path}' is too large to be shown`);
    return await readFile(path);
  } catch (error) {
    throw diskError(error, path, 'read');
  }
}

async function readTable(
  path: string,
  { file, title }: Pick<StudyTable, 'file' | 'title'>,
): Promise<StudyTable> {
  const { parse } = await import('csv-parse/sync');
  let lines: string[][];
  try {
    lines = parse(await readWhole(path), { bom: true, skip_empty_lines: true });
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError(`damaged table '${path}'`, { cause });
  }
  const [names = [], ...cells] = lines;
  const shown = cells.slice(0, MOST_ROWS);
  const columns = names.map((name, i) => ({ name, kind: kindOfColumn(name, shown, i) }));
  const rows = shown.map((row) => columns.map(({ kind }, i) => cellOf(row[i] ?? '', kind)));
  return { file, title, columns, rows, nRows: cells.length };
}

const NUMBER = /^(?:nan|-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)?$/i;

function kindOfColumn(name: string, rows: readonly string[][], i: number): StudyColumn['kind'] {
  if (name === 'latent') return 'latent';
  return rows.every((row) => NUMBER.test((row[i] ?? '').trim())) ? 'number' : 'text';
}

function cellOf(text: string, kind: StudyColumn['kind']): string | number | null {
  if (kind === 'text') return text;
  const number = Number.parseFloat(text);
  return Number.isFinite(number) ? number : null;
}

/** The checkpoint that the beginning of a report names. */
async function coderIn(path: string): Promise<string | undefined> {
  try {
    const file = await open(path, 'r');
    try {
      if (!(await file.stat()).isFile()) return undefined;
      const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
      const text = buffer.toString('utf8', 0, bytesRead);
      return /"(?:ckpt|saeCkpt|run)"\s*:\s*"([^"\\]+)"/.exec(text)?.[1];
    } finally {
      await file.close();
    }
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return undefined;
  }
}
