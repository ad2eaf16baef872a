import { readdir, readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { expect, it } from 'vitest';

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
  'circuits',
  'demo',
  'cli',
];

it('imports go down', async () => {
  const root = resolve('src');
  const names = await readdir(root, { recursive: true });
  const upward: string[] = [];
  for (const name of names.filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))) {
    const floor = name.split('/')[0]!;
    if (!name.includes('/')) continue;
    expect(FLOORS, name).toContain(floor);
    const text = await readFile(join(root, name), 'utf8');
    for (const [, path] of text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)) {
      const target = relative(root, resolve(root, name, '..', path!)).split('/')[0]!;
      if (FLOORS.indexOf(target) > FLOORS.indexOf(floor)) upward.push(`${name} imports ${path}`);
    }
  }
  expect(upward).toEqual([]);
});
