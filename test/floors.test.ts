// The rules of the house (docs/architecture.md): what may import what, and how full a room may be.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { expect, it } from 'vitest';
import { STAND_INS } from '../web/engine-build.ts';

/** Folders under src/, from the ground up: a file imports from its own floor and those below. */
const FLOORS = [
  'base',
  'formats',
  'compute',
  'hub',
  'pages',
  'data',
  'backbones',
  'activations',
  'sae',
  'analysis',
  'training',
  'visuals',
  'studies',
  'circuits',
  'server',
  'demo',
  'cli',
];

/** Folders under web/src/, likewise. The views stand side by side: none imports from another; the workbench holds them all. */
const PAGE_FLOORS = [
  ['shared', 'engine'],
  ['examples'],
  ['features', 'circuits', 'scores', 'runs', 'ask', 'edit'],
  ['workbench'],
];

/** More files than this in one folder, and it holds more than one idea. */
const FULL = 17;

const IMPORT = /\b(?:from|import)\s*\(?\s*'(\.[^']+)'/g;

const sources = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file) && !/\.test\.tsx?$/.test(file))
    .map((file) => posix.join(folder, file));

/** The files of this repository that each file imports, types included. */
function importsOf(files: readonly string[]): Map<string, string[]> {
  return new Map(
    files.map((file) => {
      const found = readFileSync(file, 'utf8').matchAll(IMPORT);
      return [file, [...found].map(([, path]) => posix.join(dirname(file), path!))];
    }),
  );
}

/** Some circle of files, each importing the next; none: empty. */
function findCircle(imports: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): string[] => {
    if (path.includes(file)) return path.slice(path.indexOf(file));
    if (done.has(file)) return [];
    done.add(file);
    path.push(file);
    for (const next of imports.get(file) ?? []) {
      const circle = visit(next);
      if (circle.length > 0) return circle;
    }
    path.pop();
    return [];
  };
  for (const file of imports.keys()) {
    const circle = visit(file);
    if (circle.length > 0) return circle;
  }
  return [];
}

const floorOf = (file: string): number => FLOORS.indexOf(file.split('/')[1]!);

const house = importsOf(sources('src'));

it('every file stands on a floor', () => {
  const homeless = [...house.keys()].filter((file) => floorOf(file) < 0);
  expect(homeless).toEqual(['src/index.ts']);
});

it('imports go down', () => {
  const upward: string[] = [];
  for (const [file, targets] of house) {
    if (floorOf(file) < 0) continue;
    for (const target of targets)
      if (floorOf(target) > floorOf(file)) upward.push(`${file} imports ${target}`);
  }
  expect(upward).toEqual([]);
});

it('tables of contents are for programs outside', () => {
  const users = [...house].filter(
    ([file, targets]) =>
      file !== 'src/index.ts' && targets.some((target) => target.endsWith('/index.ts')),
  );
  expect(users.map(([file]) => file)).toEqual([]);
});

it('no files import each other in a circle, types included', () => {
  expect(findCircle(house)).toEqual([]);
  expect(findCircle(importsOf(sources('web/src')))).toEqual([]);
});

it('a circle would be found', () => {
  const imports = new Map([
    ['a', ['b']],
    ['b', ['c', 'd']],
    ['d', ['b']],
  ]);
  expect(findCircle(imports)).toEqual(['b', 'd']);
});

it('no room is a hall', () => {
  const ofPages = readdirSync('web/src', { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.\w+$/.test(file))
    .map((file) => join('web/src', file));
  const counts = new Map<string, number>();
  for (const file of [...house.keys(), ...ofPages])
    counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);
  expect([...counts].filter(([, count]) => count > FULL)).toEqual([]);
});

it('the parts of a page import from their own room and those below', () => {
  const roomOf = (file: string): string => file.split('/')[2]!;
  const heightOf = (file: string): number =>
    PAGE_FLOORS.findIndex((rooms) => rooms.includes(roomOf(file)));
  const wrong: string[] = [];
  for (const [file, targets] of importsOf(sources('web/src'))) {
    if (heightOf(file) < 0) wrong.push(`${file} stands on no floor`);
    for (const target of targets) {
      const isInside = target.startsWith('web/src/');
      const isBelow = heightOf(target) < heightOf(file) || roomOf(target) === roomOf(file);
      if (isInside && !isBelow) wrong.push(`${file} imports ${target}`);
    }
  }
  expect(wrong).toEqual([]);
});

it('the browser sees the pages and nothing else, but for the engine', () => {
  const seen = [...importsOf(sources('web/src'))]
    .filter(([file]) => !file.startsWith('web/src/engine/'))
    .flatMap(([, targets]) => targets);
  const outside = seen.filter((file) => file.startsWith('src/'));
  expect(outside.filter((file) => !file.startsWith('src/pages/'))).toEqual([]);
});

it('pages take the way into the engine alone, not the library behind it', () => {
  const ways = [...importsOf(sources('web/src'))]
    .filter(([file]) => !file.startsWith('web/src/engine/'))
    .flatMap(([, targets]) => targets.filter((target) => target.startsWith('web/src/engine/')));
  const door = 'web/src/engine/engine-source.ts';
  expect(ways.filter((file) => file !== door)).toEqual([]);
  expect(runImportsOf(door)).toEqual([
    '../../../src/pages/catalogue.ts',
    '../../../src/pages/edit.ts',
    './open-engine.ts',
  ]);
  expect(runImportsOf('web/src/engine/open-engine.ts')).toEqual([]);
});

it('what the engine takes of the library needs nothing of Node', () => {
  const pending = ['web/src/engine/worker.ts', 'web/src/engine/kernel-thread.ts'];
  const seen = new Set(pending);
  const ofNode: string[] = [];
  for (const file of pending) {
    for (const target of runImportsOf(file)) {
      if (/^(node:|onnxruntime-node$|sharp$|koffi$)/.test(target))
        ofNode.push(`${file} imports ${target}`);
      if (!target.startsWith('.')) continue;
      const path = posix.join(dirname(file), target);
      const place = STAND_INS[path] ?? path;
      if (seen.has(place)) continue;
      seen.add(place);
      pending.push(place);
    }
    const code = readFileSync(file, 'utf8').replace(/\/\/.*|\/\*[\s\S]*?\*\//g, '');
    if (/\bBuffer\.|\bprocess\.(env|platform|on|exit|emitWarning)\b/.test(code))
      ofNode.push(`${file} uses what is Node's`);
  }
  expect(ofNode).toEqual([]);
  expect(Object.keys(STAND_INS).filter((file) => seen.has(file))).toEqual([]);
});

/** What a file imports when it runs: types left out. */
function runImportsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const statements = text.matchAll(
    /^(?:import|export)\s+(?!type\b)(?:([^;']*?)\s+from\s+)?'([^']+)'|\bimport\(\s*'([^']+)'/gm,
  );
  return [...statements].flatMap(([, names = '', fixed, later]) => {
    const inner = /^\{([\s\S]*)\}$/.exec(names.trim())?.[1]?.split(',') ?? ['all'];
    const isTypes = inner.every((name) => name.trim() === '' || /^\s*type\s/.test(name));
    return isTypes ? [] : [fixed ?? later!];
  });
}
