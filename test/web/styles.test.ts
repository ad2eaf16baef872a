// The rules of the style sheets: each beside its component, in the layer of its room, and none that undoes another.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = 'web/src';
const files = readdirSync(ROOT, { recursive: true, encoding: 'utf8' });
const sheets = files.filter((file) => file.endsWith('.css'));
const components = files.filter((file) => file.endsWith('.tsx'));

const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

/** The selectors of a sheet, those inside media queries with their condition before them. */
function selectorsOf(sheet: string): string[] {
  const text = read(sheet).replace(/\/\*.*?\*\//gs, '');
  const open: string[] = [];
  const found: string[] = [];
  for (const [, head, sign] of text.matchAll(/([^{};]*)([{};])/g)) {
    if (sign === '}') open.pop();
    if (sign !== '{') continue;
    open.push(head!.trim().replace(/\s+/g, ' '));
    const [, ...inside] = open;
    if (!open.at(-1)!.startsWith('@')) found.push(inside.join(' '));
  }
  return found.flatMap((selectors) => selectors.split(/, ?(?![^()]*\))/));
}

const classesOf = (sheet: string): string[] =>
  selectorsOf(sheet)
    .flatMap((selector) => selector.match(/\.[a-z][\w-]*/g) ?? [])
    .map((name) => name.slice(1));

it('a sheet stands beside a component of its name, which imports it after all else', () => {
  const wrong = sheets.filter((sheet) => {
    if (sheet === 'shared/base.css') return !read('shared/page.tsx').includes("'./base.css';");
    const component = sheet.replace(/\.css$/, '.tsx');
    if (!existsSync(join(ROOT, component))) return true;
    const imports = read(component).match(/^import .*?;$|^\} from .*?;$/gm) ?? [];
    return imports.at(-1) !== `import './${sheet.split('/').at(-1)}';`;
  });
  expect(wrong).toEqual([]);
});

it('every rule is in the layer of its room', () => {
  for (const sheet of sheets) {
    const layer = sheet === 'shared/base.css' ? 'base' : sheet.split('/')[0];
    const text = read(sheet)
      .replace(/\/\*.*?\*\//gs, '')
      .trim();
    expect(text.startsWith(`@layer ${layer} {\n`), sheet).toBe(true);
    expect(text.match(/^\S.*$/gm), sheet).toEqual([`@layer ${layer} {`, '}']);
  }
});

it('every room has its layer, in the order of the rooms', () => {
  const order = /@layer (base, shared, examples, [\w, ]+, workbench);/.exec(
    readFileSync('web/page.html', 'utf8'),
  );
  const layers = order![1]!.split(', ');
  const rooms = new Set(sheets.map((sheet) => sheet.split('/')[0]!));
  expect([...rooms].filter((room) => !layers.includes(room))).toEqual([]);
});

it('no two sheets have a rule for the same: the workbench holds them all', () => {
  const owners = new Map<string, string>();
  for (const sheet of sheets) {
    for (const selector of selectorsOf(sheet)) {
      if (selector.includes(':root')) continue;
      expect(owners.get(selector) ?? sheet, selector).toBe(sheet);
      owners.set(selector, sheet);
    }
  }
  expect(owners.size).toBeGreaterThan(100);
});

it('a class of one view is no class of another: the workbench holds them all', () => {
  const roomOf = (file: string): string => file.split('/')[0]!;
  const isView = (file: string): boolean => !['shared', 'examples'].includes(roomOf(file));
  const common = new Set(sheets.filter((sheet) => !isView(sheet)).flatMap(classesOf));
  const owners = new Map<string, string>();
  for (const sheet of sheets.filter(isView)) {
    for (const name of classesOf(sheet)) {
      if (common.has(name)) continue;
      expect(owners.get(name) ?? roomOf(sheet), name).toBe(roomOf(sheet));
      owners.set(name, roomOf(sheet));
    }
  }
  for (const component of components.filter(isView)) {
    const named = [...read(component).matchAll(/className="([^"]+)"/g)];
    for (const name of named.flatMap(([, names]) => names!.split(' ')))
      expect(owners.get(name) ?? roomOf(component), name).toBe(roomOf(component));
  }
});

it('every class that is styled is used in the component of the sheet, or below it', () => {
  const all = components.map(read).join('\n');
  for (const sheet of sheets) {
    const own = sheet === 'shared/base.css' ? all : read(sheet.replace(/\.css$/, '.tsx'));
    const names = selectorsOf(sheet).flatMap((selector) => selector.match(/\.[a-z][\w-]*/g) ?? []);
    const unknown = names.filter((name) => !all.includes(name.slice(1)));
    expect(unknown, sheet).toEqual([]);
    const used = names.some((name) => own.includes(name.slice(1)));
    expect(names.length === 0 || used, sheet).toBe(true);
  }
});
