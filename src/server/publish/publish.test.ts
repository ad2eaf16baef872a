// A publication: what its files say, and that an earlier one stays whole until it is replaced.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeWorldPage } from '../../../test/helpers/page-images.ts';
import { createApp } from '../app.ts';
import { openWorkbench } from '../open-workbench.ts';
import { portable } from './portable.ts';
import { publish } from './publish.ts';

let folder: string;
let template: string;
let open: string;

const record = {
  id: 'a',
  status: 'finished',
  configHash: '0',
  started: '2026-01-01T00:00:00.000Z',
  version: '0',
  kernels: 'cpu',
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saev-publish-'));
  template = join(folder, 'page.html');
  await writeFile(template, '<head><title>x</title></head><body><!--saev-data--></body>');
  open = join(folder, 'open');
  for (const run of ['one', 'two']) {
    await mkdir(join(open, run), { recursive: true });
    await writeFile(join(open, run, 'run.json'), JSON.stringify(record));
  }
  const size = { nLatents: 30, nImages: 6, template, inlineLimit: 0 };
  await writeWorldPage(join(open, 'one/visuals'), {
    ...size,
    facts: [['Autoencoder', join(open, 'one')]],
  });
  await writeWorldPage(join(open, 'two/visuals'), size);
});

afterAll(() => rm(folder, { recursive: true }));

const publishTo = (name: string, more: { runs?: string[]; title?: string } = {}) =>
  publish({ folders: [open], to: join(folder, name), runs: [], ...more }, { template });

/** Every file of a publication, by its path from the folder of its data. */
async function dataOf(name: string): Promise<Map<string, Buffer>> {
  const names = await readdir(join(folder, name));
  const data = join(folder, name, names.find((each) => each.startsWith('data-'))!);
  const files = await readdir(data, { recursive: true, withFileTypes: true });
  return new Map(
    await Promise.all(
      files
        .filter((file) => file.isFile())
        .map(async (file) => {
          const path = join(file.parentPath, file.name);
          return [path.slice(data.length + 1), await readFile(path)] as const;
        }),
    ),
  );
}

/** What the script of a piece of data hands to the page. */
function received(script: Buffer): unknown[] {
  let told: unknown[] = [];
  runInNewContext(script.toString('utf8'), {
    saevData: (...values: unknown[]) => {
      told = JSON.parse(JSON.stringify(values)) as unknown[];
    },
  });
  return told;
}

it('writes what a server of the same folders answers', async () => {
  const { parts, left } = await publishTo('same');
  expect(parts.map(({ name }) => name)).toContain('features');
  expect(left).toEqual([]);
  const workbench = await openWorkbench([open]);
  const app = await createApp(workbench, { template });
  const clean = portable(workbench.roots);
  for (const [file, content] of await dataOf('same')) {
    if (file === 'catalogue.js' || file.startsWith('engine/')) continue;
    const isScript = file.endsWith('.js');
    const answer = await app.request(`/data/${isScript ? `${file.slice(0, -3)}.json` : file}`);
    if (isScript) {
      const [path, value] = received(content);
      expect(`${path as string}.js`).toBe(file);
      expect(value).toEqual(clean(await answer.json()));
    } else expect(content.equals(Buffer.from(await answer.arrayBuffer()))).toBe(true);
  }
  await workbench.close();
});

it('names no path of this machine, and says in the catalogue what needs a server', async () => {
  await publishTo('clean', { title: 'A <title> & more' });
  const page = await readFile(join(folder, 'clean/index.html'), 'utf8');
  expect(page).toContain('<title>A &lt;title> &amp; more</title>');
  expect(page).toContain('Content-Security-Policy');
  const files = await dataOf('clean');
  for (const content of files.values()) expect(content.includes(folder)).toBe(false);
  const [, catalogue] = received(files.get('catalogue.js')!);
  expect(catalogue).toMatchObject({ title: 'A <title> & more', folders: ['open'] });
  for (const why of Object.values((catalogue as { abilities: object }).abilities))
    expect(why).toMatch(/saev serve/);
});

it('publishes the runs that are named with what lies in them', async () => {
  await publishTo('some', { runs: ['two'] });
  const files = [...(await dataOf('some')).keys()];
  expect(files.some((file) => file.includes('two'))).toBe(true);
  expect(files.some((file) => file.includes('one'))).toBe(false);
  await expect(publishTo('some', { runs: ['three'] })).rejects.toThrow("unknown run: 'three'");
});

it('replaces an earlier publication at the end, and leaves other files alone', async () => {
  await mkdir(join(folder, 'again/.git'), { recursive: true });
  await publishTo('again');
  const page = await readFile(join(folder, 'again/index.html'), 'utf8');
  await writeFile(join(folder, 'again/CNAME'), 'example.org');
  await publishTo('again', { runs: ['one'] });
  const names = await readdir(join(folder, 'again'));
  expect(names.filter((name) => name.startsWith('data-'))).toHaveLength(1);
  expect(names).toEqual(expect.arrayContaining(['.git', 'CNAME', 'saev-publication.json']));
  expect(await readFile(join(folder, 'again/index.html'), 'utf8')).not.toBe(page);
});

it('leaves the old one whole when it is stopped half-way', async () => {
  await publishTo('stopped');
  const before = [await readdir(join(folder, 'stopped')), [...(await dataOf('stopped')).keys()]];
  const stop = new AbortController();
  const stopping = publish(
    { folders: [open], to: join(folder, 'stopped'), runs: ['one'], title: 'x' },
    { template, signal: stop.signal },
  );
  setTimeout(() => stop.abort(), 5);
  await expect(stopping).rejects.toThrow();
  expect([await readdir(join(folder, 'stopped')), [...(await dataOf('stopped')).keys()]]).toEqual(
    before,
  );
});

it('refuses a folder of other things, and one that holds what is published', async () => {
  await mkdir(join(folder, 'mine'));
  await writeFile(join(folder, 'mine/notes.txt'), 'mine');
  await expect(publishTo('mine')).rejects.toThrow('other files stand there');
  await expect(publishTo('open')).rejects.toThrow('lies in it');
  await expect(publishTo('.')).rejects.toThrow('lies in it');
  await expect(publishTo('page.html')).rejects.toThrow('it is no folder');
  expect(await readFile(join(folder, 'mine/notes.txt'), 'utf8')).toBe('mine');
});

it('tells the page why a piece is missing', async () => {
  const damaged = join(folder, 'damaged');
  await writeWorldPage(join(damaged, 'visuals'), {
    nLatents: 30,
    nImages: 6,
    template,
    inlineLimit: 0,
  });
  await writeFile(join(damaged, 'visuals/data/features-0.js'), 'saevChunk(');
  const { left } = await publish(
    { folders: [damaged], to: join(folder, 'holes'), runs: [] },
    { template },
  );
  expect(left[0]!.reason).toMatch(/^damaged/);
  const files = await dataOf('holes');
  expect(received(files.get('features/damaged~visuals/chunks/0.js')!)[2]).toMatch(/^damaged/);
});

it('leaves numbers that are packed as they are, whatever they look like', () => {
  const looksLikeAPath = '/wAA/wAA';
  const packed = {
    latent: looksLikeAPath,
    others: { logFrequency: looksLikeAPath, logValue: looksLikeAPath },
    map: { x: looksLikeAPath, y: looksLikeAPath },
    label: { texts: ['/usr/bin'], index: looksLikeAPath },
    features: [{ maps: looksLikeAPath, examples: [] }],
    texts: [looksLikeAPath],
  };
  expect(portable(['/data/lab/runs'])(packed)).toEqual(packed);
});

it('shortens paths of the machine and nothing else', () => {
  const clean = portable(['/data/lab/runs']);
  expect(
    clean({
      a: '/data/lab/runs/x/visuals',
      b: 'saev ask /data/lab/runs/x "a cat"',
      c: '/mnt/images/train/1.jpg',
      d: 'and/or, 1/2, /',
      e: ['/x', 3, null],
      vocabulary: ['/usr/bin'],
      f: '/data/lab/runs-2',
    }),
  ).toEqual({
    a: 'runs/x/visuals',
    b: 'saev ask runs/x "a cat"',
    c: '…/train/1.jpg',
    d: 'and/or, 1/2, /',
    e: ['/x', 3, null],
    vocabulary: ['/usr/bin'],
    f: '…/lab/runs-2',
  });
});
