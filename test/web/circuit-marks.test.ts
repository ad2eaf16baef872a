// What people mark on the circuit page, in a real browser: supernodes, labels, notes, subgraphs, and the ways to a file.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { applyMarks } from '../../src/circuits/marks/apply-marks.ts';
import { writeCircuitPage } from '../../src/circuits/output/page.ts';
import type { PageGraph } from '../../src/pages/circuit-page.ts';
import { NO_MARKS, readMarks } from '../../src/pages/circuits/marks.ts';
import { browserPath, startBrowser } from '../helpers/browser.ts';
import { circuitWorld } from '../helpers/circuit-prompt.ts';
import { expectUsable } from './helpers/readable.ts';
import { buildTemplate, type Watched, watch } from './helpers/watched-page.ts';

const world = circuitWorld();
const [A, B, C] = ['0_89_9', '1_90_9', '3_92_9'] as const;
const marked = applyMarks(world, {
  ...NO_MARKS,
  pins: [A, B],
  groups: [{ name: 'rifles', ids: [A, B] }],
  labels: [[C, 'of mine']],
  notes: [[C, 'why?']],
  subgraphs: [{ name: 'all', pins: [C], groups: [], labels: [], influence: 0.5, edge: 0.05 }],
});

describe.skipIf(browserPath === undefined)('marks on the circuit page', () => {
  let folder: string;
  let browser: Browser;
  let page: Page;
  let watched: Watched;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'saev-circuit-marks-'));
    const template = await buildTemplate(folder, 'circuits');
    await writeCircuitPage(join(folder, 'world.html'), world, { template, title: 'Rifles' });
    await writeCircuitPage(join(folder, 'marked.html'), marked, { template, title: 'Rifles' });
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true });
  });
  afterEach(async () => {
    watched.expectQuiet();
    await page.context().close();
  });

  /** Open a page in a browser that remembers nothing. */
  async function open(
    name: string,
    hash = '',
    viewport = { width: 1280, height: 800 },
  ): Promise<void> {
    const context = await browser.newContext({ viewport, acceptDownloads: true });
    page = await context.newPage();
    watched = watch(page);
    await page.goto(`file://${folder}/${name}.html${hash}`);
    await page.locator('.figure').waitFor();
  }
  const node = (label: string | RegExp) => page.getByRole('option', { name: label });
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  async function downloaded(): Promise<PageGraph> {
    const download = page.waitForEvent('download');
    await button('Download graph.json').click();
    return JSON.parse(await readFile(await (await download).path(), 'utf8')) as PageGraph;
  }

  test('nodes are grouped by mouse and keys, and what is marked is there after a reload', async () => {
    await open('world', `#node=${A}`);
    await page.keyboard.press('x');
    await node(/^Feature: Feature 1\/90/).click({ modifiers: ['Control'] });
    await page.getByText('2 nodes chosen').waitFor();
    await page.keyboard.press('g');
    await page.keyboard.type('rifles');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'rifles', exact: true }).waitFor();
    expect(await node(/Supernode: rifles/).count()).toBe(1);
    expect(await page.locator('.figure .node').count()).toBe(world.nodes.length - 1);
    expect(await page.locator('.edge-table tfoot').textContent()).toContain('the sum closes');
    await button('Nodes 2').click();
    expect(await page.locator('.member-list li').count()).toBe(2);
    expect(readMarks(await downloaded())).toMatchObject({
      pins: [A, B],
      groups: [{ name: 'rifles', ids: [A, B] }],
    });
    await page.reload();
    await node(/Supernode: rifles/).waitFor();
    await page.getByText('Kept in this browser').waitFor();
    await page.keyboard.press('e');
    await expect.poll(() => page.locator('.figure .node').count()).toBe(world.nodes.length);
    await page.getByText('In the supernode rifles').waitFor();
    await button('Show as one').click();
    await button('Ungroup').click();
    await expect.poll(() => node(/Supernode/).count()).toBe(0);
    await page.keyboard.press('z');
    await node(/Supernode: rifles/).waitFor();
  });

  test('labels and notes are written, taken back, and stand in the file', async () => {
    await open('world', `#node=${C}`);
    await button('Rename the node').click();
    await page.getByLabel('Name of the node').fill('<b>guns</b>');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: '<b>guns</b>' }).waitFor();
    await page.getByLabel('Note', { exact: true }).fill('because');
    await page.getByLabel('Note', { exact: true }).blur();
    await button('Close the node').click();
    await page.getByLabel('Note about the graph').fill('two\nlines');
    await page.getByLabel('Note about the graph').blur();
    const graph = await downloaded();
    expect(readMarks(graph)).toMatchObject({
      labels: [[C, '<b>guns</b>']],
      note: 'two\nlines',
      notes: [[C, 'because']],
    });
    expect(graph.nodes.find(({ node_id: id }) => id === C)!.clerp).toBe('<b>guns</b>');
    await node(/<b>guns/).click();
    await button('Rename the node').click();
    await page.getByLabel('Name of the node').fill('');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Feature 3/92' }).waitFor();
    expect(readMarks(await downloaded()).labels).toEqual([]);
  });

  test('subgraphs are kept, shown, named otherwise and deleted', async () => {
    await open('marked', '#edge=0.1');
    await page.getByLabel('Name of the subgraph').fill('mine');
    await button('Keep what is shown').click();
    await button('Show all').click();
    const state = async () =>
      Object.fromEntries(new URLSearchParams((await page.evaluate(() => location.hash)).slice(1)));
    expect(await state()).toEqual({ pin: C, influence: '0.5', edge: '0.05' });
    await expect.poll(() => node(/Supernode/).count()).toBe(0);
    await button('Only pins').click();
    await expect.poll(() => page.locator('.figure .node').count()).toBe(1);
    await button('Show mine').click();
    await node(/Supernode: rifles/).waitFor();
    await button('Rename subgraph mine').click();
    await page.getByLabel('Name of subgraph mine').fill('ours');
    await page.keyboard.press('Enter');
    await button('Delete all').click();
    expect(readMarks(await downloaded()).subgraphs.map(({ name }) => name)).toEqual(['ours']);
  });

  test('a file that is opened or dropped is shown as it is; one that is no graph is refused in words', async () => {
    await open('world');
    const path = join(folder, 'other.json');
    await writeFile(path, JSON.stringify(marked));
    await page.getByLabel('File of a graph').setInputFiles(path);
    await node(/Supernode: rifles/).waitFor();
    await page.getByText('Shown as it is in other.json.').waitFor();
    for (const [text, said] of [
      ['{', 'it is no JSON'],
      ['{"nodes": 3}', 'no graph that can be shown: metadata'],
      [
        JSON.stringify({ ...world, links: [{ source: 'x', target: A, weight: 1 }] }),
        "unknown node 'x'",
      ],
    ] as const) {
      await writeFile(path, text);
      await page.getByLabel('File of a graph').setInputFiles(path);
      await page.getByRole('alert').filter({ hasText: said }).waitFor();
      expect(await node(/Supernode: rifles/).count()).toBe(1);
    }
    const data = await page.evaluateHandle((json) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([json], 'dropped.json'));
      return transfer;
    }, JSON.stringify(world));
    await page.dispatchEvent('.figure', 'drop', { dataTransfer: data });
    await page.getByText('Shown as it is in dropped.json.').waitFor();
    await expect.poll(() => node(/Supernode/).count()).toBe(0);
  });

  test.each([
    [1440, ''],
    [1024, `#node=group:${A}&tab=members`],
    [390, `#node=${C}&choose=${A}`],
  ])('can be read and used by everybody, %s wide', async (width, hash) => {
    await open('marked', hash, { width, height: 900 });
    await expectUsable(page, { width });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(wide).toBeLessThanOrEqual(width);
  });
});
