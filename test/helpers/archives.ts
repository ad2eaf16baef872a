// Small archives, made in a test.
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { ZipFile } from 'yazl';

/** A member of a tar archive: a path and its content, or a link or folder. */
export interface TarEntry {
  readonly name: string;
  readonly content?: string | Uint8Array;
  readonly type?: 'file' | 'directory' | 'symlink' | 'link' | 'character-device' | 'fifo';
  readonly linkname?: string;
}

/** Gather all that comes. */
export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const gathered: T[] = [];
  for await (const item of items) gathered.push(item);
  return gathered;
}

/** Make a tar archive. */
export async function tarOf(entries: readonly TarEntry[]): Promise<Buffer> {
  const archive = pack();
  for (const { content, ...header } of entries) {
    if (content === undefined) archive.entry(header);
    else archive.entry(header, Buffer.from(content as Uint8Array));
  }
  archive.finalize();
  return Buffer.concat((await all(archive)) as Buffer[]);
}

/** Make a tar archive packed with gzip, of files alone. */
export async function tgzOf(files: Readonly<Record<string, string | Uint8Array>>): Promise<Buffer> {
  const entries = Object.entries(files).map(([name, content]) => ({ name, content }));
  return gzipSync(await tarOf(entries));
}

/** Make a zip archive; `mode` gives a member the kind and rights of Unix (0o120777: a link). */
export async function zipOf(
  files: Readonly<Record<string, string | Uint8Array>>,
  mode?: number,
): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, content] of Object.entries(files))
    zip.addBuffer(Buffer.from(content as Uint8Array), name, mode === undefined ? {} : { mode });
  zip.end();
  return Buffer.concat((await all(zip.outputStream)) as Buffer[]);
}
