// llms.txt, the map of the documentation for language models (llmstxt.org): its form, and that nothing is missing.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { root } from './helpers/saev.ts';

const text = readFileSync(join(root, 'llms.txt'), 'utf8');
const links = [...text.matchAll(/^- \[[^\]]+\]\(([^)]+)\)/gm)].map(([, target]) => target!);

it('has the form of llms.txt: a title, a summary, sections of links with notes', () => {
  const [head, ...sections] = text.split(/^## /m);
  expect(head).toMatch(/^# saev\n\n> [^\n]+\n\n[^#]+$/);
  expect(sections.length).toBeGreaterThan(1);
  for (const section of sections) {
    expect(section).toMatch(/^[^\n]+\n\n(- \[[^\]]+\]\([^)]+\): [^\n]+\n)+\n?$/);
  }
});

it('links to what exists, every page of docs among it, and is packed', () => {
  for (const target of links) expect(existsSync(join(root, target)), target).toBe(true);
  const pages = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
  expect(links).toEqual(expect.arrayContaining(pages.map((name) => `docs/${name}`)));
  expect(new Set(links).size).toBe(links.length);
  expect(packageJson.files).toContain('llms.txt');
});

it('has a README whose list of pages misses none but those that are generated beside others', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const pages = links.filter((target) => target.startsWith('docs/'));
  const unlisted = pages.filter((target) => !readme.includes(`(${target})`));
  expect(unlisted.sort()).toEqual(['docs/adding.md', 'docs/reference.md']);
});
