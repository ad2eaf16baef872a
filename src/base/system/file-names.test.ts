import { mkdir, readdir, writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeTree } from '../../../test/helpers/folders.ts';
import { hintForName, namesIn, pathOfText, textOfName } from './file-names.ts';

test('any bytes come back as they were', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
      expect(Buffer.from(pathOfText(textOfName(bytes))).equals(bytes)).toBe(true);
    }),
  );
});

test.each([
  // os.fsdecode of the same bytes.
  [[0x63, 0x61, 0x66, 0xe9], 'caf\udce9'],
  [[0xc3, 0xa9, 0xff, 0xf0, 0x9f, 0x98, 0x80], 'é\udcff😀'],
  [[0xed, 0xb3, 0xa9], '\udced\udcb3\udca9'],
  [[0xe2, 0x82], '\udce2\udc82'],
])('the name of the bytes %j is %j, as in Python', (bytes, name) => {
  expect(textOfName(Uint8Array.from(bytes))).toBe(name);
});

test('a folder is listed without the names that are no UTF-8', async () => {
  const root = await makeTree({ 'é/1': '' });
  await mkdir(Buffer.from(`${root}/stra\xdfe`, 'latin1'));
  await writeFile(`${root}/😀`, '');
  expect((await namesIn(root)).sort()).toEqual(['é', '😀']);
  expect(await readdir(root)).toHaveLength(3);
});

test('a name that came in another encoding has a hint of its own', () => {
  expect(hintForName('caf\ufffd', 'else')).toMatch(/UTF-8/);
  expect(hintForName('café', 'else')).toBe('else');
});
