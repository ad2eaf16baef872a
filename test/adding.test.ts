// Follows the recipes of docs/adding.md as a newcomer would: in a copy of the repository each new file is written and each
// line added, the whole is compiled with its types, and then the program that ends each recipe must find what was added.
import { execFile } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withoutTypes } from './helpers/programs.ts';
import { root } from './helpers/saev.ts';
import { shellEnvironment } from './helpers/shell.ts';
import { drawPhotos } from './helpers/small-run.ts';

interface Block {
  readonly kind: string;
  /** A path, or `check`. */
  readonly place: string;
  readonly code: string;
}

interface Recipe {
  readonly title: string;
  readonly blocks: readonly Block[];
}

const recipes: Recipe[] = readFileSync(join(root, 'docs/adding.md'), 'utf8')
  .split(/^## /m)
  .slice(1)
  .map((section) => ({
    title: section.slice(0, section.indexOf('\n')),
    blocks: [...section.matchAll(/^```(\w+) (\S+)\n([\s\S]*?)^```$/gm)].map(
      ([, kind, place, code]) => ({ kind: kind!, place: place!, code: code! }),
    ),
  }));

/** Apply the `+` and `-` lines of a block, each behind the line before it; a file that lacks a line is an error. */
function applyLines(text: string, { code, place }: Block): string {
  const lines = text.split('\n');
  let at = -1;
  for (const line of code.trimEnd().split('\n')) {
    const words = line.slice(1);
    if (line.startsWith('+')) {
      lines.splice(++at, 0, words);
      continue;
    }
    const found = lines.indexOf(words, at + 1);
    if (found < 0) throw new Error(`docs/adding.md: ${place} has no line '${words}'`);
    at = found;
    if (line.startsWith('-')) lines.splice(at--, 1);
  }
  return lines.join('\n');
}

describe('docs/adding.md', () => {
  let copy: string;
  let env: NodeJS.ProcessEnv;

  /** Run a command in the copy; what it printed is the error where it fails. */
  function run(command: string, ...args: readonly string[]): Promise<void> {
    return new Promise((done, fail) => {
      execFile(command, args, { cwd: copy, env }, (error, stdout, stderr) => {
        if (error === null) done();
        else fail(new Error(`${command} ${args.join(' ')}: ${stdout}${stderr}`));
      });
    });
  }

  beforeAll(async () => {
    copy = mkdtempSync(join(tmpdir(), 'saev-adding-'));
    for (const name of [
      'src',
      'web',
      'bin',
      'assets',
      'scripts',
      'package.json',
      'tsconfig.json',
      'tsconfig.build.json',
    ])
      cpSync(join(root, name), join(copy, name), { recursive: true });
    for (const built of ['dist/compute/wasm', 'dist/web'])
      cpSync(join(root, built), join(copy, built), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    for (const block of recipes.flatMap(({ blocks }) => blocks)) {
      if (block.place === 'check') continue;
      const path = join(copy, block.place);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(
        path,
        block.kind === 'diff' ? applyLines(readFileSync(path, 'utf8'), block) : block.code,
      );
    }
    await drawPhotos(copy, 24);
    const shell = join(copy, 'shell');
    mkdirSync(shell);
    env = await shellEnvironment(shell, { at: join(copy, 'bin/saev.js') });
    await run('npx', 'tsc', '-p', 'tsconfig.build.json', '--incremental', 'false');
  }, 900_000);
  afterAll(() => rmSync(copy, { recursive: true }));

  it('has a recipe for each thing that people add', () => {
    expect(recipes.map(({ title }) => title)).toEqual([
      'An activation function',
      'An objective',
      'A vision family',
      'A language family',
      'A data set',
      'A checkpoint format',
      'A command',
      'Kernels for another device',
      'A view of a page',
      'A view of the workbench',
      'A data route',
      'An action',
    ]);
  });

  it.each(recipes)('$title: one small file and one line', async ({ title, blocks }) => {
    const files = blocks.filter(({ kind, place }) => kind !== 'diff' && place !== 'check');
    const lines = blocks.filter(({ kind }) => kind === 'diff').map(({ code }) => code);
    expect(files, 'new files').toHaveLength(1);
    expect(files[0]!.code.split('\n').length, 'its lines').toBeLessThan(80);
    // The line in the list, and the import that it needs.
    expect(lines.join('\n').match(/^\+/gm)!.length, 'lines added').toBeLessThanOrEqual(2);
    const checks = blocks.filter(({ place }) => place === 'check');
    expect(checks, 'programs that check').not.toEqual([]);
    for (const { kind, code } of checks) {
      const name = join(copy, `check-${title.toLowerCase().replaceAll(' ', '-')}`);
      const file = (ending: string, text: string): string => {
        writeFileSync(`${name}.${ending}`, text);
        return `${name}.${ending}`;
      };
      if (kind === 'bash') await run('bash', '-euo', 'pipefail', file('bash', code));
      // What imports sources is run by tsx, as everything may be.
      else if (code.includes("'./src/")) await run('npx', 'tsx', file('ts', code));
      else await run(process.execPath, file('js', withoutTypes(code)));
    }
  });
});
