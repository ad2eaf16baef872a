// The documentation against the product: links lead somewhere, commands run, programs compile.
//
// Blocks marked `sh run` are executed as they stand, page by page, in a folder with a few photos, where what an earlier
// page has trained is not trained again; the commands of other `sh` blocks need a network or hours, so their flags are checked. `ts` blocks are compiled.
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseFlags } from '../src/base/config/flags.ts';
import { loadConfig } from '../src/base/config/load.ts';
import { shapeOf } from '../src/base/config/shape.ts';
import { COMMANDS } from '../src/cli/commands.ts';
import { type CommandEntry, singleCommands } from '../src/cli/program/command.ts';
import { root } from './helpers/saev.ts';
import { shellEnvironment } from './helpers/shell.ts';
import { drawPhotos } from './helpers/small-run.ts';

interface Block {
  readonly language: string;
  readonly code: string;
}

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'SECURITY.md',
  ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`),
].filter((path) => path.endsWith('.md'));
const textOf = (page: string): string => readFileSync(join(root, page), 'utf8');

/** The fenced blocks of a page; `language` is all that stands behind the fence. */
function blocksOf(page: string): Block[] {
  const fences = textOf(page).matchAll(/^```(.*)\n([\s\S]*?)^```$/gm);
  return [...fences].map(([, language, code]) => ({ language: language!.trim(), code: code! }));
}

/** A heading's anchor, as GitHub makes it. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .trim()
    .replaceAll(' ', '-');
}

describe.each(pages)('%s', (page) => {
  const prose = textOf(page).replace(/^```[\s\S]*?^```$/gm, '');

  it('links to what exists', () => {
    for (const [, target] of prose.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target!)) continue;
      const [path, anchor] = target!.split('#') as [string, string?];
      const file = path === '' ? page : join(dirname(page), path);
      expect(existsSync(join(root, file)), `${target} in ${page}`).toBe(true);
      if (anchor === undefined) continue;
      const headings = [...textOf(file).matchAll(/^#+ (.+)$/gm)].map(([, text]) => anchorOf(text!));
      expect(headings, `${target} in ${page}`).toContain(anchor);
    }
  });

  it('names files that exist', () => {
    const places = /`((?:src|test|docs|fixtures|examples|scripts|bench|assets|web)\/[\w./-]*)`/g;
    for (const [, path] of prose.matchAll(places))
      expect(existsSync(join(root, path!)), `${path} in ${page}`).toBe(true);
  });
});

/** The words of a command line without pipes; quotes are not needed in ours. */
function commandsIn(code: string): string[][] {
  return code
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('npx saev '))
    .map((line) =>
      line
        .replace(/\s+#.*$/, '')
        .match(/"[^"]*"|\S+/g)!
        .map((word) => word.replace(/^"|"$/g, ''))
        .slice(2),
    );
}

describe('commands', () => {
  const commands = pages.flatMap((page) =>
    blocksOf(page)
      .filter(({ language }) => language.startsWith('sh'))
      .flatMap(({ code }) => commandsIn(code)),
  );

  it.each(commands.map((words) => [words.join(' '), words] as const))('%s', async (_, words) => {
    const named = (count: number): CommandEntry | undefined =>
      singleCommands(COMMANDS).find(({ name }) => name === words.slice(0, count).join(' '));
    const entry = named(2) ?? named(1);
    expect(entry, words[0]).toBeDefined();
    const args = words.slice(entry!.name.split(' ').length);
    const { schema } = (await entry!.load()).command;
    const flags = parseFlags(args, shapeOf(schema));
    expect(() => loadConfig(schema, { flags })).not.toThrow();
  });
});

/** What the commands of each page must leave behind, in the order in which a person reads on. */
const LEFT: Readonly<Record<string, readonly string[]>> = {
  'README.md': ['shards', 'runs', 'transcoders', 'visuals/sort_by_patch/index.html', 'sae.pt'],
  'docs/getting-started.md': ['shards', 'runs', 'visuals/sort_by_patch/index.html'],
  'docs/record.md': ['shards', 'small-shards'],
  'docs/train.md': ['runs', 'live-runs', 'tuned', 'sweep'],
  'docs/visuals.md': [
    'visuals/sort_by_patch/features.safetensors',
    'visuals/sort_by_patch/neurons',
    'text-visuals/sort_by_patch/index.html',
    'text-visuals/sort_by_patch/neuronpedia/batch-0.json',
  ],
  'docs/checkpoints.md': ['coder.pt', 'for-dictionary-learning/ae.pt'],
  'docs/language.md': ['runs', 'shards', 'from-shards'],
  'docs/studies.md': [
    'class-heads/logs/results.csv',
    'code-heads/logs/k-latents.csv',
    'heads/lr_0_001__wd_0_1/head.json',
    'segmentation/results.csv',
    'proposals/features.csv',
    'edits/results.csv',
    'scores/index.html',
    'scores-of-images/scores.csv',
  ],
  'docs/saebench.md': [
    'eval_results/core/core.csv',
    'eval_results/sparse_probing/sparse_probing.csv',
  ],
  'docs/synthetic.md': ['world/synthetic_model_config.json', 'synthetic'],
  'docs/circuits.md': ['circuit/index.html', 'circuit/graph.json', 'paths/paths.txt'],
};

describe('runnable pages, one after the other in one folder', () => {
  const run = promisify(execFile);
  let folder: string;
  let cwd: string;
  let shell: NodeJS.ProcessEnv;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'saev-docs-'));
    shell = await shellEnvironment(folder, { remember: true });
    cwd = join(folder, 'own');
    await drawPhotos(cwd, 24);
  });
  afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));

  it('are those that are listed here', () => {
    const runnable = pages.filter((page) =>
      blocksOf(page).some(({ language }) => language === 'sh run'),
    );
    expect(runnable.sort()).toEqual(Object.keys(LEFT).sort());
  });

  it.each(Object.keys(LEFT))(
    '%s: every command does its work, and every coder is worth looking at',
    { timeout: 1_200_000 },
    async (page) => {
      const before = new Set(evaluationsIn(cwd).map(({ path }) => path));
      const env = { ...shell, HF_HUB_OFFLINE: '1', HF_HOME: join(folder, 'hub') };
      for (const { language, code } of blocksOf(page)) {
        if (language === 'sh run') await run('bash', ['-euc', code], { cwd, env });
      }
      for (const path of LEFT[page]!) expect(existsSync(join(cwd, path)), path).toBe(true);
      for (const { path, l0, normalizedMse, deadShare } of evaluationsIn(cwd)) {
        if (before.has(path)) continue;
        expect(normalizedMse, path).toBeLessThan(0.5);
        expect(l0, path).toBeGreaterThan(1);
        expect(l0, path).toBeLessThan(100);
        expect(deadShare, path).toBeLessThan(0.8);
      }
    },
  );

  it('show in the sweep of the page that more sparsity makes codes sparser', () => {
    const runs = evaluationsIn(cwd).filter(({ path }) => path.startsWith('sweep/'));
    expect(runs).toHaveLength(6);
    for (const lr of new Set(runs.map(({ config }) => config.lr))) {
      const some = runs.filter(({ config }) => config.lr === lr);
      some.sort((a, b) => a.config.objective.sparsityCoeff - b.config.objective.sparsityCoeff);
      const [low, middle, high] = some.map(({ l0 }) => l0);
      expect(middle, `lr ${lr}`).toBeLessThan(low! * 0.8);
      expect(high, `lr ${lr}`).toBeLessThan(middle! * 0.8);
    }
  });

  it('trace a circuit of features, not of errors', () => {
    const graph = JSON.parse(readFileSync(join(cwd, 'circuit/graph.json'), 'utf8'));
    expect(graph.metadata.replacement_score).toBeGreaterThan(0.6);
  });
});

interface RunOfPage {
  /** From the folder of all: `runs/20261121-184607-c7a437`. */
  readonly path: string;
  readonly l0: number;
  readonly normalizedMse: number;
  /** Share of the latents that never fire. */
  readonly deadShare: number;
  readonly config: { readonly lr: number; readonly objective: { readonly sparsityCoeff: number } };
}

function namesIn(path: string): string[] {
  return statSync(path).isDirectory() ? readdirSync(path) : [];
}

/** The finished runs in the folders of a folder. */
function evaluationsIn(folder: string): RunOfPage[] {
  const paths = readdirSync(folder).flatMap((root) => {
    return namesIn(join(folder, root)).map((name) => join(root, name));
  });
  const runs = paths.filter((path) => existsSync(join(folder, path, 'eval.json')));
  return runs.map((path) => {
    const read = (name: string) => JSON.parse(readFileSync(join(folder, path, name), 'utf8'));
    const { l0, normalizedMse, nDead } = read('eval.json');
    const { d_sae: dSae } = read('checkpoint/cfg.json');
    return { path, l0, normalizedMse, deadShare: nDead / dSae, config: read('config.json') };
  });
}

describe('programs', () => {
  const programs = pages.flatMap((page) =>
    blocksOf(page)
      .filter(({ language }) => language === 'ts')
      .map(({ code }, i) => ({
        path: join(root, 'test', `${page.replace('/', '-')}.${i}.ts`),
        code,
      })),
  );

  it('compile against the library', () => {
    expect(programs.length).toBeGreaterThan(0);
    const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) =>
      readFileSync(path, 'utf8'),
    );
    const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
    const host = ts.createCompilerHost({ ...options, noUnusedLocals: false });
    const virtual = new Map(programs.map(({ path, code }) => [path, code]));
    const { fileExists, readFile } = host;
    host.fileExists = (path) => virtual.has(path) || fileExists(path);
    host.readFile = (path) => virtual.get(path) ?? readFile(path);
    const compiled = ts.createProgram(
      [...virtual.keys()],
      { ...options, noUnusedLocals: false },
      host,
    );
    const problems = [...virtual.keys()].flatMap((path) => {
      const file = compiled.getSourceFile(path);
      return [
        ...compiled.getSyntacticDiagnostics(file),
        ...compiled.getSemanticDiagnostics(file),
      ].map(
        ({ messageText }) =>
          `${relative(root, path)}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
      );
    });
    expect(problems).toEqual([]);
  });
});
