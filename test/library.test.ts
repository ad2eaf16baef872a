// The library as a program sees it that says `import … from 'saev'`.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { libraryParts } from '../scripts/docs/exports.ts';
import { referencePage } from '../scripts/docs/reference.ts';
import { root } from './helpers/saev.ts';

const parts = libraryParts(root);

describe("import 'saev', with all its parts", () => {
  let loaded: string[];

  beforeAll(() => {
    const all = [...parts.keys()].map((part) => `await import('${part}')`).join(';');
    // What V8 has coverage of, it has loaded.
    const folder = mkdtempSync(join(tmpdir(), 'saev-loaded-'));
    try {
      execFileSync(process.execPath, ['--input-type=module', '-e', all], {
        cwd: root,
        env: { ...process.env, NODE_V8_COVERAGE: folder, NODE_OPTIONS: '' },
      });
      const [file] = readdirSync(folder);
      const { result } = JSON.parse(readFileSync(join(folder, file!), 'utf8'));
      loaded = result.map(({ url }: { url: string }) => url);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('finds the compiled library by its own name', () => {
    expect(loaded.some((url) => url.endsWith('/dist/index.js'))).toBe(true);
  });

  it('loads nothing that is native or large', () => {
    const packages = loaded.flatMap(
      (url) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? [],
    );
    const light = [
      '@bufbuild/protobuf',
      '@huggingface/tokenizers',
      '@logtape/logtape',
      'fzstd',
      'pend',
      'smol-toml',
      'yauzl',
      'zod',
    ];
    expect([...new Set(packages)].filter((name) => !light.includes(name))).toEqual([]);
  });

  it('starts no command and no worker', () => {
    expect(loaded.filter((url) => /\/dist\/cli\/|\.worker\.js/.test(url))).toEqual([]);
  });
});

describe.each([...parts])('the names of %s', (part, names) => {
  it('are all explained', () => {
    const unclear = names.filter(({ text }) => !/^[A-Z`].*[.:]/s.test(text));
    expect(unclear.map(({ name }) => name)).toEqual([]);
  });

  it('say of functions what they do, as an order', () => {
    const notOrders =
      /^(The|A|An|Whether|Number|Names?|Positions?|This|Returns?|Gets?|Functions?) /;
    const wrong = names.filter(
      ({ kind, text }) => kind === 'function' && notOrders.test(text) && !/^Name the /.test(text),
    );
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });

  it('are the same when compiled', async () => {
    const compiled: object = await import(part);
    const values = names.filter(({ kind }) => kind !== 'type').map(({ name }) => name);
    expect(Object.keys(compiled).sort()).toEqual(values);
  });
});

describe('the library', () => {
  it('shows few names at first sight', () => {
    const { length } = parts.get('saev')!;
    expect(length).toBeGreaterThanOrEqual(30);
    expect(length).toBeLessThanOrEqual(40);
  });

  it('has each of its parts told of in docs/library.md', () => {
    const page = readFileSync(join(root, 'docs/library.md'), 'utf8');
    for (const part of parts.keys()) expect(page).toContain(`| \`${part}\` |`);
  });

  it('is listed in docs/reference.md: npm run docs', () => {
    expect(readFileSync(join(root, 'docs/reference.md'), 'utf8')).toBe(referencePage(parts));
  });
});

describe('package.json', () => {
  const { exports, files, bin, scripts } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  ) as {
    exports: Record<string, string | { types: string; default: string }>;
    files: string[];
    bin: { saev: string };
    scripts: Record<string, string>;
  };

  it('names files that the build makes, and ships them', () => {
    const entries = Object.values(exports).flatMap((entry) =>
      typeof entry === 'string' ? [] : Object.values(entry),
    );
    for (const path of [...entries, bin.saev]) {
      expect(existsSync(join(root, path)), path).toBe(true);
      expect(files).toContain(path.split('/')[1]);
    }
  });

  it.each(['README.md', 'CONTRIBUTING.md', 'docs/library.md'])(
    'has the scripts that %s names',
    (page) => {
      const text = readFileSync(join(root, page), 'utf8');
      for (const [, name] of text.matchAll(/npm run ([\w:]+)/g))
        expect(scripts, page).toHaveProperty(name!);
    },
  );
});
