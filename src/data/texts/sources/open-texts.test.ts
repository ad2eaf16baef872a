import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, test } from 'vitest';
import { makeTree } from '../../../../test/helpers/folders.ts';
import { startTestHub, type TestHub } from '../../../../test/helpers/hub-repos.ts';
import { UserError } from '../../../base/errors.ts';
import { HubError } from '../../../hub/failures.ts';
import { TextConfig, type TextConfigInput } from '../config.ts';
import type { ReadOptions, TextDocument, TextSource } from './documents.ts';
import { openTexts } from './open-texts.ts';

const FIXTURES = 'fixtures/texts';
const golden: { text: string[]; tokens: number[][] } = JSON.parse(
  readFileSync(`${FIXTURES}/parquet.json`, 'utf8'),
);
const parquet = (name: string) => readFileSync(`${FIXTURES}/${name}.parquet`);

type FilesInput = Omit<Extract<TextConfigInput, { type: 'text-files' }>, 'type'>;
const open = (config: FilesInput): Promise<TextSource> =>
  openTexts(TextConfig.parse({ type: 'text-files', ...config }));

async function read(source: TextSource, options?: ReadOptions): Promise<TextDocument[]> {
  const documents: TextDocument[] = [];
  for await (const document of source.documents(options)) documents.push(document);
  return documents;
}

const contents = (documents: readonly TextDocument[]) =>
  documents.map(({ content }) => (typeof content === 'string' ? content : Array.from(content)));

/** The UserError that reading ends with. */
async function mistake(work: Promise<unknown>): Promise<UserError> {
  const error = await work.then(
    () => new Error('no error came'),
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  return error;
}

const readAll = async (config: FilesInput) => read(await open(config));

test('names that are no UTF-8 and links to folders are followed, not passed over', async () => {
  const root = await makeTree({ 'set/a.txt': 'one', 'other/c.txt': 'three' });
  await writeFile(Buffer.from(`${root}/set/b\xe9.txt`, 'latin1'), 'two');
  await symlink(join(root, 'other'), join(root, 'set', 'z'));
  expect(contents(await readAll({ root: join(root, 'set') }))).toEqual(['one', 'two', 'three']);
});

describe('a .txt file', () => {
  const text = 'one\ntwo  \r\n\n \t\n three\r\nfour\n\n\n\nfive';

  test('is one document, to the character', async () => {
    const root = await makeTree({ 'a.txt': text });
    const documents = await readAll({ root: join(root, 'a.txt') });
    expect(documents).toEqual([{ index: 0, source: join(root, 'a.txt'), content: text }]);
  });

  test('or one document a line, blank ones left out, named by the line', async () => {
    const path = join(await makeTree({ 'a.txt': text }), 'a.txt');
    const documents = await readAll({ root: path, documents: 'line' });
    expect(contents(documents)).toEqual(['one', 'two  ', ' three', 'four', 'five']);
    const places = documents.map(({ source }) => source.replace(`${path}:`, ''));
    expect(places).toEqual(['1', '2', '5', '6', '10']);
  });

  test('or one document between blank lines, named by its first line', async () => {
    const path = join(await makeTree({ 'a.txt': text }), 'a.txt');
    const documents = await readAll({ root: path, documents: 'paragraph' });
    expect(contents(documents)).toEqual(['one\ntwo  ', ' three\nfour', 'five']);
    const places = documents.map(({ source }) => source.replace(`${path}:`, ''));
    expect(places).toEqual(['1', '5', '10']);
  });

  test('keeps no byte order mark at its start, and every other one', async () => {
    const root = await makeTree({ 'a.txt': '\ufeffa\ufeffb' });
    expect(contents(await readAll({ root }))).toEqual(['a\ufeffb']);
  });

  test('is read whole where pieces of it end inside a character', async () => {
    const content = '漢字👍🏽'.repeat(60_000);
    const root = await makeTree({
      'a.txt': content,
      'b.txt': `x${content}`,
      'c.txt': `xy${content}`,
    });
    expect(contents(await readAll({ root }))).toEqual([content, `x${content}`, `xy${content}`]);
  });
});

describe('a .jsonl file', () => {
  test('gives the text of each line, or its tokens, which go first', async () => {
    const root = await makeTree({
      'a.jsonl': '{"id":1,"text":"a\\nb"}\r\n\n{"text":""}\n{"text":null}',
      'b.ndjson': '{"text":"x","tokens":[1,2,3]}\n{"tokens":[]}\n',
      'c.json': '{"input_ids":[7],"text":"x"}',
    });
    expect(contents(await readAll({ root }))).toEqual(['a\nb', '', '', [1, 2, 3], [], [7]]);
  });

  test('gives another column when it is named', async () => {
    const root = await makeTree({ 'a.jsonl': '{"text":"x","code":"y"}\n{"code":"z"}\n' });
    expect(contents(await readAll({ root, column: 'code' }))).toEqual(['y', 'z']);
  });

  test.each<[string, string, string, RegExp]>([
    ['a line that is no JSON', '{"text":"a"}\n{"text":', '', /a\.jsonl:2' is not JSON/],
    ['an array', '[{"text":"a"}]', '', /a\.jsonl:1' is no JSON object/],
    ['a number', '3', '', /no JSON object/],
    ['no such column', '{"body":"a","id":2}', '', /missing column 'tokens' or .*a\.jsonl:1/],
    ['not the named column', '{"text":"a"}', 'body', /missing column 'body' in/],
    ['a column that ends', '{"text":"a"}\n{"body":"b"}', '', /missing column 'text' .*a\.jsonl:2/],
    ['a number for a text', '{"text":5}', '', /invalid column 'text' .*neither text nor token/],
    ['an object for a text', '{"text":{"a":"b"}}', '', /neither text nor token/],
    ['tokens that are none', '{"tokens":[1,"x"]}', '', /invalid column 'tokens'/],
    ['a negative token', '{"tokens":[1,-1]}', '', /invalid column 'tokens'/],
    ['half a token', '{"tokens":[1.5]}', '', /invalid column 'tokens'/],
    ['a token beyond 32 bits', '{"tokens":[4294967296]}', '', /invalid column 'tokens'/],
  ])('with %s is refused', async (_, content, column, message) => {
    const root = await makeTree({ 'a.jsonl': content });
    const error = await mistake(readAll({ root, ...(column ? { column } : {}) }));
    expect(error.message).toMatch(message);
  });

  test('lists the columns it has when one is missing', async () => {
    const root = await makeTree({ 'a.jsonl': '{"body":"a","id":2}' });
    expect((await mistake(readAll({ root }))).hint).toContain('body, id');
  });

  test('with a column named like a part of every object has that column only if it is there', async () => {
    const root = await makeTree({ 'a.jsonl': '{"text":"a"}' });
    for (const column of ['constructor', '__proto__', 'toString'])
      expect((await mistake(readAll({ root, column }))).message).toContain(`'${column}'`);
  });
});

describe('a .parquet file', () => {
  test('gives the texts that Python wrote, null as no text', async () => {
    const documents = await readAll({ root: `${FIXTURES}/text.parquet` });
    expect(contents(documents)).toEqual(golden.text);
    expect(documents[9]).toMatchObject({ index: 9, source: `${FIXTURES}/text.parquet#9` });
  });

  test.each(['tokens', 'input_ids'])('gives ready-made %s, whatever their width', async (name) => {
    const documents = await readAll({ root: `${FIXTURES}/${name}.parquet` });
    expect(contents(documents)).toEqual(golden.tokens);
    expect(documents[1]!.content).toBeInstanceOf(Int32Array);
  });

  test('gives the text beside the tokens when it is named', async () => {
    const documents = await readAll({ root: `${FIXTURES}/tokens.parquet`, column: 'text' });
    expect(contents(documents)).toEqual(golden.text);
  });

  test('is refused when the column is missing or holds something else', async () => {
    const text = `${FIXTURES}/text.parquet`;
    const missing = await mistake(readAll({ root: text, column: 'body' }));
    expect(missing.message).toBe(`missing column 'body' in '${text}'`);
    expect(missing.hint).toContain('id, text');
    const other = await mistake(readAll({ root: text, column: 'id' }));
    expect(other.message).toMatch(/invalid column 'id'.*neither text nor token numbers/);
    const score = { root: `${FIXTURES}/input_ids.parquet`, column: 'score' };
    expect((await mistake(readAll(score))).hint).toContain('DOUBLE');
  });

  test('whose bytes are no UTF-8 is refused', async () => {
    const error = await mistake(readAll({ root: `${FIXTURES}/input_ids.parquet`, column: 'raw' }));
    expect(error.message).toMatch(/invalid parquet file: '.*input_ids\.parquet'/);
  });

  test('may hold more rows than bytes, when they repeat', async () => {
    const data = Array.from({ length: 20_000 }, () => 'the same');
    const bytes = parquetWriteBuffer({ columnData: [{ name: 'text', data, type: 'STRING' }] });
    expect(bytes.byteLength).toBeLessThan(data.length);
    const root = await makeTree({ 'a.parquet': Buffer.from(bytes) });
    expect(contents(await readAll({ root }))).toEqual(data);
  });

  test('with any damage gives documents or a UserError', async () => {
    const content = parquet('tokens');
    const root = await makeTree({});
    const path = join(root, 'a.parquet');
    await fc.assert(
      fc.asyncProperty(fc.nat(content.length - 1), fc.nat(255), async (at, value) => {
        const bytes = new Uint8Array(content);
        bytes[at] = value;
        await writeFile(path, bytes);
        try {
          await readAll({ root: path });
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
      { numRuns: 150 },
    );
    for (const length of [0, 3, 8, 500, content.length - 1]) {
      await writeFile(path, content.subarray(0, length));
      await mistake(readAll({ root: path }));
    }
  });
});

describe('packed files', () => {
  const lines = Array.from({ length: 3000 }, (_, i) => `line ${i} ${'é'.repeat(i % 90)}`);
  const text = lines.join('\n');
  const zstd = (content: string | Uint8Array): Uint8Array =>
    execFileSync('zstd', ['-q', '-c'], { input: content, maxBuffer: 2 ** 28 });
  const gotZstd = (() => {
    try {
      return zstd('a').length > 0;
    } catch {
      return false;
    }
  })();

  test('.gz is unpacked on the way', async () => {
    const root = await makeTree({
      'a.txt.gz': gzipSync(text),
      'b.jsonl.gz': gzipSync('{"text":"b"}'),
    });
    expect(contents(await readAll({ root, documents: 'line' }))).toEqual([...lines, 'b']);
  });

  test.runIf(gotZstd)('so is .zst, in several frames too', async () => {
    const frames = Buffer.concat([zstd(text), zstd('\nlast')]);
    const root = await makeTree({ 'a.txt.zst': frames });
    expect(contents(await readAll({ root, documents: 'line' }))).toEqual([...lines, 'last']);
  });

  test('cut short they are refused', async () => {
    const gz = gzipSync(text);
    const root = await makeTree({ 'a.txt.gz': gz.subarray(0, gz.length - 20), 'b.txt.gz': 'text' });
    for (const name of ['a.txt.gz', 'b.txt.gz'])
      expect((await mistake(readAll({ root: join(root, name) }))).message).toMatch(
        new RegExp(`invalid packed file: '.*${name}'`),
      );
    if (!gotZstd) return;
    const zst = zstd(text);
    const other = await makeTree({
      'a.txt.zst': zst.subarray(0, zst.length - 20),
      'b.txt.zst': 'x',
    });
    for (const name of ['a.txt.zst', 'b.txt.zst'])
      expect((await mistake(readAll({ root: join(other, name) }))).message).toMatch(/packed file/);
  });

  test('a bomb ends at the longest document, not in memory', async () => {
    const zeros = gzipSync(Buffer.alloc(2 ** 25 + 2 ** 20, 'a'));
    const root = await makeTree({ 'a.txt.gz': zeros });
    for (const documents of ['file', 'line', 'paragraph'] as const)
      expect((await mistake(readAll({ root, documents }))).message).toMatch(/more than 33554432/);
  });
});

describe('a folder', () => {
  test('is read in one order, through its folders, passing over what is no text', async () => {
    const root = await makeTree({
      'b.txt': 'b',
      'a/z.txt': 'az',
      'a/c.jsonl': '{"text":"ac"}',
      'a.txt': 'a',
      'B.TXT': 'B',
      'empty.txt': '',
      'readme.md': 'no',
      '.hidden.txt': 'no',
      '.git/x.txt': 'no',
      'é.txt': 'é',
    });
    const documents = await readAll({ root });
    expect(contents(documents)).toEqual(['B', 'a', 'ac', 'az', 'b', 'é']);
    expect(documents.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('is read on from any document as it would have been', async () => {
    const root = await makeTree({
      'a.txt': 'one\n\ntwo\nthree\n',
      'b.jsonl': '{"text":"four"}\n{"text":"five"}',
      'c.parquet': parquet('text'),
      'd.txt': 'last',
    });
    const source = await open({ root, documents: 'line' });
    const all = await read(source);
    expect(all).toHaveLength(3 + 2 + 40 + 1);
    for (let start = 0; start <= all.length; start++)
      expect(await read(source, { start })).toEqual(all.slice(start));
    const beyond = await mistake(read(source, { start: 47 }));
    expect(beyond.message).toMatch(/document 47 of .* which has 46/);
  });

  test('a reader that stops early leaves no file open', async () => {
    const root = await makeTree({
      'a.txt': 'x\n'.repeat(500_000),
      'b.txt.gz': gzipSync('y\n'.repeat(500_000)),
    });
    const openFiles = async () => (await readdir('/proc/self/fd').catch(() => [])).length;
    const before = await openFiles();
    for (const name of ['a.txt', 'b.txt.gz'])
      for (let i = 0; i < 20; i++)
        for await (const _ of (
          await open({ root: join(root, name), documents: 'line' })
        ).documents())
          break;
    await expect.poll(openFiles).toBeLessThan(before + 10);
  });

  test('stops when it is told to', async () => {
    const stop = new AbortController();
    const root = await makeTree({ 'a.txt': 'a\nb\nc' });
    const source = await open({ root, documents: 'line' });
    const documents = source.documents({ signal: stop.signal });
    await documents.next();
    stop.abort(new Error('enough'));
    await expect(documents.next()).rejects.toThrow('enough');
  });

  test.each<[string, Record<string, string | Uint8Array>, string, RegExp]>([
    ['nothing there', {}, 'nowhere', /missing texts: '.*nowhere'/],
    ['no text file', { 'a.md': 'x' }, '.', /no text file in/],
    ['a file of another kind', { 'a.md': 'x' }, 'a.md', /unsupported text file: '.*a\.md'/],
    ['an empty file', { 'a.txt': '' }, 'a.txt', /holds no document/],
    ['empty lines', { 'a.jsonl': '\n\n' }, 'a.jsonl', /holds no document/],
    ['a folder named as a text', { 'a.txt/b.md': '' }, '.', /no text file in/],
    ['latin-1', { 'a.txt': Buffer.from('caf\xe9', 'latin1') }, 'a.txt', /a\.txt' is not UTF-8/],
    ['UTF-16', { 'a.txt': Buffer.from('\ufeffabc', 'utf16le') }, '.', /a\.txt' is not UTF-8/],
    ['UTF-16 without a mark', { 'a.txt': Buffer.from('abc', 'utf16le') }, '.', /holds a zero byte/],
    ['a cut character', { 'a.txt': Buffer.from('漢').subarray(0, 2) }, '.', /not UTF-8/],
    ['an encoded surrogate', { 'a.txt': Buffer.from([0xed, 0xa0, 0x80]) }, '.', /not UTF-8/],
    ['a picture', { 'a.txt': readFileSync('fixtures/images/images.parquet') }, '.', /not UTF-8/],
  ])('with %s is refused', async (_, files, path, message) => {
    const root = await makeTree(files);
    expect((await mistake(readAll({ root: join(root, path) }))).message).toMatch(message);
  });
});

describe('a dataset of the hub', () => {
  type HubInput = Omit<Extract<TextConfigInput, { type?: 'text-hub' }>, 'type'>;
  const config = (input: HubInput) => TextConfig.parse({ type: 'text-hub', ...input });

  async function withHub(
    repos: Record<string, Record<string, Uint8Array | string>>,
    work: (hub: TestHub) => Promise<void>,
  ): Promise<void> {
    const hub = await startTestHub();
    try {
      for (const [name, files] of Object.entries(repos)) await hub.repo(`datasets/${name}`, files);
      await work(hub);
    } finally {
      await hub.close();
    }
  }

  const text = parquet('text');
  const tokens = parquet('tokens');

  test('is read by range from its own parquet files', async () => {
    const files = {
      'data/train-00000-of-00002.parquet': text,
      'data/train-00001-of-00002.parquet': text,
      'data/test-00000-of-00001.parquet': tokens,
      'README.md': '',
    };
    await withHub({ 'org/texts': files }, async (hub) => {
      const settings = hub.settings();
      const source = await openTexts(config({ name: 'org/texts' }), { settings });
      const all = await read(source);
      expect(contents(all)).toEqual([...golden.text, ...golden.text]);
      expect(all[45]!.source).toBe('org/texts/data/train-00001-of-00002.parquet#5');
      const other = await openTexts(config({ name: 'org/texts', split: 'test' }), { settings });
      expect(contents(await read(other))).toEqual(golden.tokens);
      // Going on in the second file needs no row of the first.
      hub.server.requests.length = 0;
      expect(contents(await read(source, { start: 45 }))).toEqual(golden.text.slice(5));
      const first = hub.server.requests.filter(
        ({ method, url }) => method === 'GET' && url.includes('train-00000'),
      );
      expect(first.length).toBeLessThanOrEqual(2);
    });
  });

  test('is read in parts of its splits, rounded as datasets rounds them', async () => {
    const files = {
      'train-00000-of-00002.parquet': text,
      'train-00001-of-00002.parquet': text,
      'test-00000-of-00001.parquet': tokens,
    };
    await withHub({ 'org/parts': files }, async (hub) => {
      const settings = hub.settings();
      const opened = (split: string) =>
        openTexts(config({ name: 'org/parts', split }), { settings });
      const rows = [...golden.text, ...golden.text];
      const parts: [string, readonly unknown[]][] = [
        ['train[:10%]', rows.slice(0, 8)],
        ['train[:1%]', rows.slice(0, 1)],
        ['train[38:42]', rows.slice(38, 42)],
        ['train[-3%:]', rows.slice(78)],
        ['train[24:-30]+test[1:3]', [...rows.slice(24, 50), ...golden.tokens.slice(1, 3)]],
        ['train[75:200]+test', [...rows.slice(75), ...golden.tokens]],
      ];
      for (const [split, expected] of parts) {
        const source = await opened(split);
        expect(contents(await read(source)), split).toEqual(expected);
        for (const start of [1, expected.length - 1]) {
          const behind = expected.length === 1 ? 0 : start;
          expect(contents(await read(source, { start: behind }))).toEqual(expected.slice(behind));
        }
        const beyond = await mistake(read(source, { start: expected.length + 1 }));
        expect(beyond.message).toContain(`which has ${expected.length}`);
      }
      expect((await mistake(read(await opened('train[5:5]')))).message).toContain('no document');
      expect((await mistake(opened('train[:10%'))).message).toBe("invalid split: 'train[:10%'");
      expect((await mistake(opened('trian[:3]'))).message).toContain("unknown split: 'trian'");
    });
  });

  test('has subsets by folder, and one must be named unless there is only one', async () => {
    const files = {
      'en/train-00000-of-00001.parquet': text,
      'data/sample/10BT/000_00000.parquet': tokens,
    };
    await withHub(
      { 'org/many': files, 'org/one': { 'plain_text/train/0.parquet': text } },
      async (hub) => {
        const settings = hub.settings();
        const opened = (input: HubInput) => openTexts(config(input), { settings });
        const error = await mistake(opened({ name: 'org/many' }));
        expect(error.message).toBe("missing subset: hub dataset 'org/many' has 2");
        expect(error.hint).toBe('name one of sample-10BT, en');
        expect(contents(await read(await opened({ name: 'org/many', subset: 'en' })))).toEqual(
          golden.text,
        );
        const sample = await opened({ name: 'org/many', subset: 'sample-10BT' });
        expect(contents(await read(sample))).toEqual(golden.tokens);
        expect((await mistake(opened({ name: 'org/many', subset: 'em' }))).hint).toContain("'en'");
        expect(contents(await read(await opened({ name: 'org/one' })))).toEqual(golden.text);
      },
    );
  });

  test("without parquet files is read from the hub's own copy of it", async () => {
    const repos = {
      'org/lines': { 'train.jsonl.gz': 'x' },
      'org/lines@refs%2Fconvert%2Fparquet': {
        'default/partial-train/0000.parquet': text,
        'default/partial-train/0001.parquet': text,
        'default/train_small/0000.parquet': tokens,
        'extra/train/0000.parquet': tokens,
      },
    };
    await withHub(repos, async (hub) => {
      const settings = hub.settings();
      const opened = (input: Omit<HubInput, 'name'> = {}) =>
        openTexts(config({ name: 'org/lines', ...input }), { settings });
      expect(contents(await read(await opened()))).toEqual([...golden.text, ...golden.text]);
      expect(contents(await read(await opened({ subset: 'extra' })))).toEqual(golden.tokens);
      expect(contents(await read(await opened({ split: 'train_small' })))).toEqual(golden.tokens);
      const error = await mistake(opened({ split: 'trian' }));
      expect(error.message).toContain("unknown split of 'org/lines': 'trian'");
      expect(error.hint).toContain("'train'");
      expect((await mistake(opened({ revision: 'main' }))).message).toMatch(/no parquet files/);
    });
  });

  test('that is not there, has no parquet at all, or no such split is refused', async () => {
    const repos = { 'org/lines': { 'a.txt': 'x' }, 'org/rows': { 'train-0.parquet': text } };
    await withHub(repos, async (hub) => {
      const settings = hub.settings();
      const opened = (input: HubInput) => openTexts(config(input), { settings });
      expect(await mistake(opened({ name: 'org/none' }))).toBeInstanceOf(HubError);
      expect((await mistake(opened({ name: 'org/lines' }))).message).toContain('has no parquet');
      expect((await mistake(opened({ name: '../up' }))).message).toContain('invalid hub repo');
      const split = await mistake(opened({ name: 'org/rows', split: 'validation' }));
      expect(split.message).toBe("unknown split: 'validation' of 'org/rows'");
      const source = await opened({ name: 'org/rows', column: 'body' });
      expect((await mistake(read(source))).message).toContain("missing column 'body'");
    });
  });
});
