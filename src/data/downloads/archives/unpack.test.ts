import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type TarEntry, tarOf, zipOf } from '../../../../test/helpers/archives.ts';
import { inTemporaryFolder } from '../../../../test/helpers/folders.ts';
import { UserError } from '../../../base/errors.ts';
import { unpackTar, unpackTarInZip, unpackZip } from './unpack.ts';

const everything = (path: string): string => path;

/** Unpack an archive into a folder beside it; gives what is in either. */
async function unpacked(
  bytes: Uint8Array,
  unpack: typeof unpackTar,
): Promise<{ files: string[]; error: unknown; outside: string[] }> {
  let files: string[] = [];
  let outside: string[] = [];
  let error: unknown;
  await inTemporaryFolder(async (folder) => {
    const [archive, into] = [join(folder, 'archive'), join(folder, 'into')];
    await writeFile(archive, bytes);
    await mkdir(into);
    error = await unpack(archive, { into, place: everything }).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    files = (await readdir(into, { recursive: true })).sort();
    outside = (await readdir(folder)).sort();
  });
  return { files, error, outside };
}

const hostile: [string, TarEntry, string][] = [
  ['a path upwards', { name: '../evil', content: 'x' }, 'leads out of its folder'],
  ['an absolute path', { name: '/tmp/evil', content: 'x' }, 'has an absolute path'],
  ['a drive', { name: 'C:/evil', content: 'x' }, 'has an absolute path'],
  ['a link out', { name: 'l', type: 'symlink', linkname: '../..' }, "is a link to '../..'"],
  ['a link to a root', { name: 'l', type: 'symlink', linkname: '/etc' }, "is a link to '/etc'"],
  ['a hard link out', { name: 'l', type: 'link', linkname: '../x' }, "is a link to '../x'"],
  ['a device', { name: 'd', type: 'character-device' }, "is of the kind 'character-device'"],
  ['a pipe', { name: 'p', type: 'fifo' }, "is of the kind 'fifo'"],
  ['a clash', { name: 'A.TXT', content: 'x' }, 'are one on some disks'],
  ['a double', { name: 'a.txt', content: 'x' }, "holds 'a.txt' twice"],
];

describe('a tar archive', () => {
  it.each(hostile)('with %s is refused', async (_, entry, message) => {
    const bytes = await tarOf([{ name: 'a.txt', content: 'good' }, entry]);
    for (const archive of [bytes, gzipSync(bytes)]) {
      const { error, outside, files } = await unpacked(archive, unpackTar);
      expect(error).toBeInstanceOf(UserError);
      expect((error as UserError).message).toContain(message);
      expect(outside).toEqual(['archive', 'into']);
      expect(files).toEqual(['a.txt']);
    }
  });

  it('is unpacked, without links that stay inside', async () => {
    const bytes = await tarOf([
      { name: './folder/', type: 'directory' },
      { name: './folder/a.txt', content: 'a' },
      { name: 'folder/l', type: 'symlink', linkname: 'a.txt' },
      { name: 'b.txt', content: '' },
    ]);
    const { error, files } = await unpacked(bytes, unpackTar);
    expect(error).toBeUndefined();
    expect(files).toEqual(['b.txt', 'folder', join('folder', 'a.txt')]);
  });

  it('that would fill the disk is refused on the way', async () => {
    const bomb = gzipSync(await tarOf([{ name: 'zeros', content: Buffer.alloc(80 * 2 ** 20) }]));
    const { error } = await unpacked(bomb, unpackTar);
    expect((error as UserError).message).toMatch(/unpacks to more than 67.1 MB/);
    // Nor does it help to write zeros where no member is.
    const endless = gzipSync(Buffer.alloc(80 * 2 ** 20));
    expect(((await unpacked(endless, unpackTar)).error as UserError).message).toMatch(
      /more than 67/,
    );
    const zipped = await unpacked(await zipOf({ zeros: Buffer.alloc(80 * 2 ** 20) }), unpackZip);
    expect((zipped.error as UserError).message).toMatch(/more than 67.1 MB, from/);
    expect(zipped.files).toEqual([]);
  });

  it('that is cut short is refused', async () => {
    const noise = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * i * 31) >> 5));
    const bytes = gzipSync(await tarOf([{ name: 'a', content: noise }]), { level: 0 });
    for (const length of [10, 200_000, bytes.byteLength - 4]) {
      const { error } = await unpacked(bytes.subarray(0, length), unpackTar);
      expect(error).toBeInstanceOf(UserError);
      expect((error as UserError).message).toMatch(
        /^invalid tar archive: .*\(unexpected end of file\)$/,
      );
    }
  });
});

describe('a zip archive', () => {
  it('is unpacked', async () => {
    const { error, files } = await unpacked(await zipOf({ 'a/b.txt': 'x'.repeat(999) }), unpackZip);
    expect(error).toBeUndefined();
    expect(files).toEqual(['a', join('a', 'b.txt')]);
  });

  it('with links out of it, or paths upwards, is refused', async () => {
    const link = await unpacked(await zipOf({ l: '../../etc' }, 0o120777), unpackZip);
    expect((link.error as UserError).message).toContain("is a link to '../../etc'");
    const bytes = await zipOf({ 'aa/evil.txt': 'x' });
    const up = Buffer.from(bytes.toString('latin1').replaceAll('aa/evil', '../evil'), 'latin1');
    const { error, outside } = await unpacked(up, unpackZip);
    expect(error).toBeInstanceOf(UserError);
    expect(outside).toEqual(['archive', 'into']);
  });

  it('that is changed is refused', async () => {
    const bytes = Buffer.from(await zipOf({ 'a.txt': 'x'.repeat(5000), 'b.bin': 'y' }));
    const at = bytes.indexOf('a.txt') + 5 + 3;
    bytes[at]! ^= 0x55;
    const { error } = await unpacked(bytes, unpackZip);
    expect(error).toBeInstanceOf(UserError);
    expect((await unpacked(bytes.subarray(0, 200), unpackZip)).error).toBeInstanceOf(UserError);
  });

  it('with a tar archive in it gives its members, and is checked, too', async () => {
    const inner = gzipSync(await tarOf([{ name: 'x/a.txt', content: 'inner' }]));
    const bytes = await zipOf({ 'in/the.tar.gz': inner });
    const open: typeof unpackTar = (path, options) =>
      unpackTarInZip(path, 'in/the.tar.gz', options);
    const { files, error } = await unpacked(bytes, open);
    expect(error).toBeUndefined();
    expect(files).toEqual(['x', join('x', 'a.txt')]);
    const missing: typeof unpackTar = (path, options) => unpackTarInZip(path, 'other', options);
    expect(((await unpacked(bytes, missing)).error as UserError).message).toMatch(
      /^missing 'other' in/,
    );
  });
});

it('only what is wanted is written, where it is wanted', async () => {
  await inTemporaryFolder(async (folder) => {
    const archive = join(folder, 'a.tar');
    await writeFile(
      archive,
      await tarOf([
        { name: 'top/a.txt', content: 'a' },
        { name: 'top/b.txt', content: 'b' },
      ]),
    );
    const place = (path: string): string | undefined =>
      path === 'top/b.txt' ? 'other/c.txt' : undefined;
    expect(await unpackTar(archive, { into: folder, place })).toBe(1);
    expect(await readFile(join(folder, 'other/c.txt'), 'utf8')).toBe('b');
    expect((await readdir(folder)).sort()).toEqual(['a.tar', 'other']);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(unpackTar(archive, { into: folder, place, signal })).rejects.toThrow('enough');
  });
});
