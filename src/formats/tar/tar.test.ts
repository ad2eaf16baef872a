import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { all, tarOf } from '../../../test/helpers/archives.ts';
import { UserError } from '../../base/errors.ts';
import { readTar, type TarMember } from './tar.ts';

const long = `${'folder/'.repeat(30)}a file of a long name`;

const archive = (): Promise<Buffer> =>
  tarOf([
    { name: 'folder/', type: 'directory' },
    { name: 'folder/one.txt', content: 'one' },
    { name: long, content: 'x'.repeat(3000) },
    { name: 'elsewhere', type: 'symlink', linkname: '../out' },
    { name: 'last', content: 'end' },
  ]);

async function* inPieces(bytes: Uint8Array, size = 700): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size);
}

async function contents(bytes: Uint8Array): Promise<string[]> {
  const found: string[] = [];
  for await (const member of readTar(inPieces(bytes), 'a.tar')) found.push(await describe(member));
  return found;
}

async function describe({ path, kind, target, size, content }: TarMember): Promise<string> {
  const length = Buffer.concat(await all(content)).byteLength;
  expect(length).toBe(size);
  return `${kind} ${path} ${target ?? length}`;
}

it('is read member by member, packed or not', async () => {
  const plain = await archive();
  const members = [
    'directory folder/ 0',
    'file folder/one.txt 3',
    `file ${long} 3000`,
    'symlink elsewhere ../out',
    'file last 3',
  ];
  expect(await contents(plain)).toEqual(members);
  expect(await contents(gzipSync(plain))).toEqual(members);
});

it('may be left, and its members passed over', async () => {
  const names: string[] = [];
  for await (const { path } of readTar(inPieces(await archive()), 'a.tar')) names.push(path);
  expect(names).toHaveLength(5);
  for await (const { path } of readTar(inPieces(await archive()), 'a.tar')) {
    expect(path).toBe('folder/');
    break;
  }
});

it('is refused when it is cut short, changed, or something else', async () => {
  const plain = await archive();
  const packed = gzipSync(plain);
  const changed = Buffer.from(packed);
  changed[packed.byteLength - 6]! ^= 1;
  const header = Buffer.from(plain);
  header[512 + 3] = 0;
  const cases = [
    plain.subarray(0, 1500),
    packed.subarray(0, packed.byteLength - 20),
    changed,
    header,
    Buffer.from('<!doctype html>'.padEnd(2000)),
  ];
  for (const bytes of cases) {
    const error = await contents(bytes).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toMatch(/^invalid tar archive: 'a.tar'/);
  }
});

it('says the mistake of whoever gives the bytes', async () => {
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield (await archive()).subarray(0, 600);
    throw new UserError('the zip around it is damaged');
  }
  const read = all(readTar(broken(), 'a.tar'));
  await expect(read).rejects.toThrow('the zip around it is damaged');
});
