// The library as a program sees it that says `import … from 'saev'`.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from './helpers/saev.ts';

describe("import 'saev'", () => {
  let loaded: string[];

  beforeAll(() => {
    // What V8 has coverage of, it has loaded.
    const folder = mkdtempSync(join(tmpdir(), 'saev-loaded-'));
    try {
      execFileSync(process.execPath, ['--input-type=module', '-e', "await import('saev')"], {
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

describe('the exported names', () => {
  interface Exported {
    readonly name: string;
    readonly isFunction: boolean;
    readonly text: string;
  }
  let names: Exported[];

  beforeAll(() => {
    const path = join(root, 'src/index.ts');
    const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (file) =>
      readFileSync(file, 'utf8'),
    );
    const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
    const program = ts.createProgram([path], options);
    const checker = program.getTypeChecker();
    const library = checker.getSymbolAtLocation(program.getSourceFile(path)!)!;
    names = checker.getExportsOfModule(library).map((symbol) => {
      const target = checker.getAliasedSymbol(symbol);
      return {
        name: symbol.name,
        isFunction: target.declarations!.some(ts.isFunctionDeclaration),
        text: ts.displayPartsToString(target.getDocumentationComment(checker)),
      };
    });
  });
  afterAll(() => {
    names = [];
  });

  it('are all explained', () => {
    expect(names.length).toBeGreaterThan(100);
    expect(
      names.filter(({ text }) => !/^[A-Z`].*[.:]/s.test(text)).map(({ name }) => name),
    ).toEqual([]);
  });

  it('say of functions what they do, as an order', () => {
    const notOrders =
      /^(The|A|An|Whether|Number|Names?|Positions?|This|Returns?|Gets?|Functions?) /;
    const wrong = names.filter(
      ({ isFunction, text }) => isFunction && notOrders.test(text) && !/^Name the /.test(text),
    );
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });

  it('are the same when compiled', async () => {
    const compiled: object = await import(join(root, 'dist/index.js'));
    for (const { name, isFunction } of names)
      if (isFunction) expect(compiled, name).toHaveProperty(name, expect.any(Function));
  });
});

describe('package.json', () => {
  const { exports, files, bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

  it('names files that the build makes, and ships them', () => {
    const paths = [exports['.'].types, exports['.'].default, bin.saev] as string[];
    for (const path of paths) {
      expect(() => readFileSync(join(root, path))).not.toThrow();
      expect(files).toContain(path.split('/')[1]);
    }
  });
});
