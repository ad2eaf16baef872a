// The circuit page in a real browser, opened from the disk.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type CircuitPageOptions, writeCircuitPage } from '../../src/circuits/output/page.ts';
import type { PageGraph } from '../../src/pages/circuit-page.ts';
import { browserPath, startBrowser } from '../helpers/browser.ts';
import { circuitWorld, featureWorld } from '../helpers/circuit-prompt.ts';
import { expectUsable } from './helpers/readable.ts';
import { buildTemplate, type Watched, watch } from './helpers/watched-page.ts';

/** A busy machine may take its time; what is waited for is a state. */
const world = circuitWorld();
const features = { '0/89': featureWorld(89), '3/92': featureWorld(92) };
const ROOT = '5_0_9';
const HEAD = 'H_2_7_4_9';

describe.skipIf(browserPath === undefined)('the circuit page', () => {
  let folder: string;
  let template: string;
  let browser: Browser;
  let page: Page;
  let watched: Watched;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'saev-circuits-'));
    template = await buildTemplate(folder, 'circuits');
    await write('world', world, { features, title: 'Rifles' });
    browser = await startBrowser();
    page = await browser.newPage();
    watched = watch(page);
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true });
  });
  afterEach(() => watched.expectQuiet());

  async function write(
    name: string,
    graph: PageGraph,
    options: CircuitPageOptions = {},
  ): Promise<void> {
    await writeCircuitPage(join(folder, `${name}.html`), graph, { ...options, template });
  }
  async function open(
    hash = '',
    options: { name?: string; width?: number; height?: number; dark?: boolean } = {},
  ): Promise<void> {
    const { name = 'world', width = 1280, height = 800, dark = false } = options;
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light' });
    await page.goto('about:blank');
    watched.requests.length = 0;
    await page.goto(`file://${folder}/${name}.html${hash}`);
    await page.locator('.figure').waitFor();
  }
  const param = async (name: string): Promise<string | null> =>
    new URLSearchParams((await page.evaluate(() => location.hash)).slice(1)).get(name);
  const indexOf = (id: string): number => world.nodes.findIndex((node) => node.node_id === id);
  const mark = (id: string) => page.locator(`.figure [data-n="${indexOf(id)}"]`);
  const heading = (): Promise<string | null> => page.locator('.node-head h2').textContent();
  const marksShown = (): Promise<number> => page.locator('.figure .node').count();
  const numberOf = (text: string): number => Number(text.replaceAll(',', '').replace('−', '-'));
  const inputsOf = (id: string) =>
    world.links
      .filter(({ target }) => target === id)
      .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));

  test('says what was traced and shows every node, with its kind in the legend', async () => {
    await open();
    expect(await page.title()).toBe('Rifles – circuit');
    const head = await page.locator('.circuit-head').textContent();
    for (const text of ['gpt2', 'exact', 'logit "16" − "4"', '61%', '87%', '·rifle']) {
      expect(head).toContain(text);
    }
    expect(await marksShown()).toBe(world.nodes.length);
    const kinds = await page.locator('.legend').textContent();
    for (const kind of [
      'Logit',
      'Feature',
      'Attention head',
      'Error',
      'Bias',
      'Token',
      'Position',
    ]) {
      expect(kinds).toContain(kind);
    }
    expect(watched.requests).toEqual([`file://${folder}/world.html`]);
  });

  test('a click shows the inputs of a node, and that they sum to what it is', async () => {
    await open();
    await mark(ROOT).click();
    expect(await param('node')).toBe(ROOT);
    expect(await heading()).toBe('Output "16" (p=0.6)');
    const inputs = inputsOf(ROOT);
    const rows = await page
      .locator('.edge-table tbody tr')
      .evaluateAll((trs) => trs.map((tr) => [...tr.children].map((cell) => cell.textContent)));
    expect(rows).toHaveLength(inputs.length + 2);
    const weights = rows.map((cells) => numberOf(cells[2]!));
    const root = world.nodes[indexOf(ROOT)]!;
    const expected = [...inputs.map(({ weight }) => weight), root.bias!, root.remainder!];
    expect(weights).toBeClose(expected, { relative: 0.006 });
    const shares = rows.map((cells) => numberOf(cells[3]!.replace('%', '')) / 100);
    expect(shares).toBeClose(
      expected.map((weight) => weight / root.preActivation!),
      { relative: 0.05, absolute: 0.006 },
    );
    const foot = await page.locator('.edge-table tfoot').textContent();
    expect(foot).toContain('the sum closes');
    const sum = await page.locator('.edge-table tfoot td').first().textContent();
    expect(numberOf(sum!)).toBeCloseTo(root.preActivation!, 1);
  });

  test('what was emptied by a search, a threshold or an address is there again', async () => {
    await open('#q=zzzz&edge=1&influence=0');
    const all = world.nodes.length;
    const found = page.locator('.node-find .found');
    const edges = page.locator('.slider').nth(1).locator('small');
    const isPainted = () =>
      page.locator('canvas').evaluate((canvas) => {
        const { width, height } = canvas as HTMLCanvasElement;
        const blank = Object.assign(document.createElement('canvas'), { width, height });
        return (canvas as HTMLCanvasElement).toDataURL() !== blank.toDataURL();
      });
    for (const _time of ['once', 'again']) {
      await expect.poll(() => found.textContent()).toBe('0 found');
      await expect.poll(() => edges.textContent()).toMatch(/^0 of/);
      await expect.poll(isPainted).toBe(false);
      await page.getByRole('searchbox').focus();
      await page.keyboard.press('Escape');
      await expect.poll(() => found.count()).toBe(0);
      await page.evaluate(() => {
        location.hash = '';
      });
      await expect.poll(marksShown).toBe(all);
      await expect.poll(isPainted).toBe(true);
      await mark(ROOT).click();
      expect(await heading()).toContain('Output');
      await page.evaluate(() => {
        location.hash = 'q=zzzz&edge=1&influence=0';
      });
    }
  });

  test('a sum that does not close is said not to', async () => {
    await write('open', {
      ...world,
      nodes: world.nodes.map((node) =>
        node.node_id === ROOT ? { ...node, remainder: node.remainder! + 1 } : node,
      ),
    });
    await open(`#node=${ROOT}`, { name: 'open' });
    expect(await page.locator('.edge-table tfoot').textContent()).toContain('does not close');
  });

  test('draws the edges of the selected node in the colour of their sign', async () => {
    await open(`#node=${ROOT}&edge=0`);
    const signs = await page
      .locator('.edges.bold .edge')
      .evaluateAll((edges) => edges.map((edge) => (edge as SVGElement).dataset.sign));
    const inputs = inputsOf(ROOT);
    expect(signs).toHaveLength(inputs.length);
    expect(signs.filter((sign) => sign === 'negative')).toHaveLength(
      inputs.filter(({ weight }) => weight < 0).length,
    );
    for (const { source, weight } of inputs) {
      expect(await mark(source).getAttribute('data-sign')).toBe(
        weight > 0 ? 'positive' : 'negative',
      );
    }
    const painted = await page.locator('canvas').evaluate((canvas) => {
      const { width, height } = canvas as HTMLCanvasElement;
      const context = (canvas as HTMLCanvasElement).getContext('2d')!;
      return context.getImageData(0, 0, width, height).data.some((value) => value > 0);
    });
    expect(painted).toBe(true);
  });

  test('a head shows the token that it reads, the one it writes to, and whom it serves', async () => {
    await open(`#node=${HEAD}`);
    const facts = await page.locator('.node-facts').textContent();
    expect(facts).toMatch(/Reads from4 “·rifle”/);
    expect(facts).toMatch(/Writes to9 “M”/);
    expect(facts).toMatch(/layer 2, head 7/);
    const prompt = page.locator('.node-panel .prompt-tokens');
    expect(await prompt.locator('[data-mark=source]').textContent()).toBe('·rifle');
    expect(await prompt.locator('[data-mark=destination]').textContent()).toBe('M');
    const axis = page.locator('.column-names');
    expect(await axis.locator('[data-mark=source]').textContent()).toContain('rifle');
    expect(await axis.locator('[data-mark=destination]').textContent()).toContain('M');
    await page.locator('.node-facts .node-button').click();
    expect(await param('node')).toBe('3_92_9');
  });

  test('a feature shows its dashboard', async () => {
    await open('#node=0_89_9');
    await page.getByRole('button', { name: 'Feature', exact: true }).click();
    expect(await param('tab')).toBe('feature');
    const dashboard = page.locator('.dashboard');
    expect(await dashboard.textContent()).toMatch(/Fires at1\.2% of tokens/);
    const lists = await dashboard.locator('.logit-lists li').allTextContents();
    expect(lists).toEqual(['16', '·rifle', '·17', '·the', '⏎']);
    const first = dashboard.locator('.token-example').first();
    expect(await first.textContent()).toBe('the M16 rifle');
    const tints = await first
      .locator('span')
      .evaluateAll((spans) => spans.map((span) => (span as HTMLElement).style.backgroundColor));
    expect(tints[0]).toBe('');
    expect(tints[2]).toContain('/ 1.000');
    expect(tints[1]).not.toBe(tints[2]);
    const bars = await dashboard.locator('.histogram .bar').getAttribute('d');
    expect(bars!.split('M')).toHaveLength(1 + 8);
    await dashboard.getByRole('combobox').selectOption('0 to 2');
    expect(await dashboard.locator('.token-example').allTextContents()).toEqual(['over there']);
    expect(await dashboard.getByRole('link').getAttribute('href')).toBe('layers/0/index.html#f=89');
  });

  test('a feature without a dashboard says so, and leads to its own page', async () => {
    await open('#node=1_90_9&tab=feature');
    const panel = page.locator('.node-panel');
    expect(await panel.textContent()).toContain('no examples of feature 1/90');
    expect(await panel.getByRole('link').getAttribute('href')).toBe('layers/1/index.html#f=90');
  });

  test('sliders hide nodes by influence and edges by share, and say how many are left', async () => {
    await open();
    const influence = page.getByLabel(/^Influence/);
    await influence.fill('0.4');
    const shown = world.nodes.filter((node) => (node.influence ?? 0) <= 0.4);
    await expect.poll(marksShown).toBe(shown.length);
    expect(await param('influence')).toBe('0.4');
    const text = await page.locator('.circuit-controls').textContent();
    expect(text).toContain(`${shown.length} of ${world.nodes.length} nodes`);
    const ids = new Set(shown.map(({ node_id: id }) => id));
    const between = world.links.filter(({ source, target }) => ids.has(source) && ids.has(target));
    await page.getByLabel(/^Edges from/).focus();
    await page.keyboard.press('Home');
    await expect
      .poll(() => page.locator('.circuit-controls').textContent())
      .toContain(`${between.length} of ${world.links.length} edges`);
    await page.keyboard.press('End');
    const size = new Map<string, number>();
    for (const { target, weight } of world.links) {
      size.set(target, (size.get(target) ?? 0) + Math.abs(weight));
    }
    const large = between.filter(
      ({ target, weight }) => Math.abs(weight) / size.get(target)! >= 0.5,
    );
    await expect
      .poll(() => page.locator('.circuit-controls').textContent())
      .toContain(`${large.length} of ${world.links.length} edges`);
    expect(await param('edge')).toBe('0.5');
  });

  test('a pinned node stays in sight whatever the sliders hide', async () => {
    const last = world.nodes.filter((node) => node.influence !== undefined).at(-1)!;
    await open(`#node=${last.node_id}`);
    await page.keyboard.press('p');
    expect(await param('pin')).toBe(last.node_id);
    await page.keyboard.press('Escape');
    expect(await param('node')).toBeNull();
    await page.getByLabel(/^Influence/).fill('0.05');
    await expect.poll(marksShown).toBeLessThan(20);
    expect(await mark(last.node_id).getAttribute('data-pinned')).toBe('true');
    await page.locator('.node-list', { hasText: 'Pinned' }).getByRole('button').click();
    expect(await param('node')).toBe(last.node_id);
    await page.getByRole('button', { name: 'Pinned' }).click();
    expect(await param('pin')).toBeNull();
  });

  test('keys move about the figure, along the strongest edges, and back', async () => {
    await open(`#node=${ROOT}`);
    await page.keyboard.press('i');
    expect(await param('node')).toBe(inputsOf(ROOT)[0]!.source);
    await page.goBack();
    await expect.poll(heading).toBe('Output "16" (p=0.6)');
    await page.keyboard.press('ArrowRight');
    expect(await param('node')).toBe('5_1_9');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowDown');
    const lower = await param('node');
    const below = world.nodes.find(({ node_id: id }) => id === lower)!;
    expect(below.layer).toBe('3');
    await page.keyboard.press('ArrowUp');
    expect(await param('node')).toMatch(/^5_/);
    await page.keyboard.press('Escape');
    expect(await param('node')).toBeNull();
    await page.getByText('Click a node').waitFor();
    await page.keyboard.press('?');
    await page.getByRole('heading', { name: 'Keys' }).waitFor();
  });

  test('keys of one character can be switched off; arrows and Escape go on', async () => {
    await open(`#node=${ROOT}`);
    await page.keyboard.press('?');
    const keys = page.getByRole('switch', { name: 'Keyboard shortcuts' });
    await keys.click();
    await page.keyboard.press('Escape');
    await expect.poll(() => page.locator('dialog').count()).toBe(0);
    const before = page.url();
    // Only keys that are heard are named.
    const title = (name: string) => page.getByRole('button', { name }).getAttribute('title');
    expect(await title('Fit')).toBe('The whole figure');
    expect(await title('Close the node')).toBe('Close (Esc)');
    for (const key of ['i', 'o', 'p', '+', '=', '-', '0', '/', '?']) await page.keyboard.press(key);
    expect(page.url()).toBe(before);
    expect(await page.locator('dialog, input:focus').count()).toBe(0);
    await page.keyboard.press('ArrowRight');
    expect(await param('node')).toBe('5_1_9');
    await page.keyboard.press('Escape');
    expect(await param('node')).toBeNull();
    await page.getByRole('button', { name: 'Keys and help' }).click();
    await keys.click();
    await page.keyboard.press('Escape');
    await expect.poll(() => page.locator('dialog').count()).toBe(0);
    expect(await title('Fit')).toBe('The whole figure (0)');
    await page.keyboard.press('+');
    expect(await param('zoom')).toBe('1.25');
  });

  test('a tab that there is not is the first', async () => {
    for (const hash of [`#node=${ROOT}&tab=no-such-tab`, `#node=${ROOT}&tab=feature`]) {
      await open(hash);
      expect(await page.locator('.edge-table caption').textContent()).toContain('Inputs');
      expect(await page.locator('.tabs [aria-pressed=true]').textContent()).toMatch(/^Inputs/);
    }
  });

  test('the strongest output leads on', async () => {
    const { source } = inputsOf(ROOT)[0]!;
    const outputs = world.links
      .filter((link) => link.source === source)
      .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
    await open(`#node=${source}&tab=outputs`);
    expect(await page.locator('.edge-table tbody tr').count()).toBe(Math.min(15, outputs.length));
    await page.keyboard.press('o');
    expect(await param('node')).toBe(outputs[0]!.target);
  });

  test('a search dims the rest, and Enter goes from one found node to the next', async () => {
    await open();
    await page.keyboard.press('/');
    await page.keyboard.type('head 2');
    expect(await page.locator('.found').textContent()).toBe('2 found');
    expect(await page.locator('.figure .node[data-found]').count()).toBe(2);
    expect(await page.locator('.figure .node[data-faint]').count()).toBe(world.nodes.length - 2);
    const visited: (string | null)[] = [];
    for (let i = 0; i < 3; i++) {
      await page.keyboard.press('Enter');
      visited.push(await param('node'));
    }
    expect(visited).toEqual(['H_2_5_8_9', HEAD, 'H_2_5_8_9']);
    expect(await param('q')).toBe('head 2');
  });

  test('the pointer over a node names it and draws its edges', async () => {
    await open(`#node=${ROOT}&edge=0`);
    const { source, weight } = inputsOf(ROOT)[0]!;
    await mark(source).hover();
    const tip = await page.locator('.node-tip').textContent();
    expect(tip).toContain(weight.toPrecision(3).replace('-', '−'));
    const touching = world.links.filter((link) => [link.source, link.target].includes(source));
    expect(await page.locator('.edges.hovered .edge').count()).toBe(touching.length);
    await page.locator('h1').hover();
    await expect.poll(() => page.locator('.node-tip').count()).toBe(0);
    await page.locator('.edge-table .node-button').first().hover();
    expect(await page.locator('.halo').count()).toBe(1);
  });

  test('the address restores what was on the screen', async () => {
    const hash = `#node=${HEAD}&tab=outputs&pin=0_89_9&pin=B_1&influence=0.7&edge=0.05&q=rifle&zoom=1.5`;
    await open(hash);
    expect(await heading()).toBe('Head 2.7');
    expect(await page.locator('.figure .node[data-pinned]').count()).toBe(2);
    const width = await page.locator('.figure-plot').evaluate((plot) => plot.clientWidth);
    const box = await page.locator('.figure-scroller').evaluate((view) => view.clientWidth);
    expect(width).toBeGreaterThan(1.2 * box);
    await page.getByRole('button', { name: 'Fit' }).click();
    expect(Number((await param('zoom')) ?? 1)).toBeLessThanOrEqual(1);
    await page.getByRole('button', { name: 'Smaller' }).click();
    expect(Number(await param('zoom'))).toBeCloseTo(0.8, 1);
  });

  test('opens as the graph was saved when the address says nothing', async () => {
    await write('saved', { ...world, qParams: { clickedId: HEAD, pinnedIds: ['0_89_9'] } });
    await open('', { name: 'saved' });
    expect(await heading()).toBe('Head 2.7');
    expect(await param('pin')).toBe('0_89_9');
  });

  test('a node that the graph does not have is said to be missing', async () => {
    await open('#node=no-such-node');
    expect(await page.getByRole('alert').textContent()).toContain('no node “no-such-node”');
  });

  test('tokens, labels, ids and features with markup in them are shown as text', async () => {
    const hostile = '</script><img src=x onerror=alert(1)>"\'&';
    const rename = (id: string): string => (id === ROOT ? hostile : id);
    await write(
      'hostile',
      {
        ...world,
        metadata: {
          ...world.metadata,
          prompt_tokens: world.metadata.prompt_tokens.map(() => hostile),
          root: hostile,
        },
        nodes: world.nodes.map((node) => ({
          ...node,
          node_id: rename(node.node_id),
          clerp: hostile,
        })),
        links: world.links.map((link) => ({ ...link, target: rename(link.target) })),
      },
      {
        title: hostile,
        features: {
          '0/89': {
            index: 89,
            top_logits: [hostile],
            examples_quantiles: [
              { quantile_name: hostile, examples: [{ tokens: [hostile], tokens_acts_list: [1] }] },
            ],
          },
        },
      },
    );
    await open('#node=0_89_9&tab=feature', { name: 'hostile' });
    await page.locator('.token-example').first().waitFor();
    expect(await page.locator('.token-example').first().textContent()).toBe(hostile);
    await mark(ROOT).click();
    expect(await heading()).toBe(hostile);
    expect(await param('node')).toBe(hostile);
    await page.reload();
    expect(await heading()).toBe(hostile);
    expect(await page.locator('h1').textContent()).toBe(hostile);
    expect(await page.locator('img').count()).toBe(0);
    expect(page.url()).toContain('hostile.html');
  });

  test('a graph without nodes, and one without a prompt, are said to be empty', async () => {
    const metadata = { slug: 's', scan: 'm', prompt: '', prompt_tokens: [] };
    await write('empty', { metadata, nodes: [], links: [] });
    await open('', { name: 'empty' });
    expect(await page.locator('.node-panel').textContent()).toContain('no nodes');
    expect(await page.locator('.circuit-controls').textContent()).toContain('0 of 0 nodes');
    for (const key of ['ArrowUp', 'i', 'p', '0', '+', 'Escape']) await page.keyboard.press(key);
    await page.getByRole('button', { name: 'Fit' }).click();
  });

  test('a template without a graph says so', async () => {
    await page.goto(`file://${template}`);
    await page.getByText('This page holds no circuit').waitFor();
  });

  test('thousands of nodes start readable, and all of them can be shown and used', async () => {
    const large = circuitWorld({ nFeatures: 2000 });
    await write('large', large);
    await open('', { name: 'large' });
    const first = await marksShown();
    expect(first).toBeGreaterThan(150);
    expect(first).toBeLessThanOrEqual(250);
    await page.getByLabel(/^Influence/).fill('1');
    await expect.poll(marksShown).toBe(large.nodes.length);
    expect(await page.locator('.figure path.edge').count()).toBe(0);
    await page.keyboard.press('Escape');
    await page.locator('.node-list .node-button').first().click();
    await expect.poll(heading).toContain('Output');
    const drawn = (): Promise<number> => page.locator('.edges.bold .edge').count();
    await expect.poll(drawn).toBeGreaterThan(0);
    const before = await param('node');
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => param('node')).not.toBe(before);
    // The selected node is scrolled into sight.
    const inSight = (): Promise<boolean> =>
      page.locator('.node[aria-selected=true]').evaluate((node) => {
        const box = node.getBoundingClientRect();
        const view = document.querySelector('.figure-scroller')!.getBoundingClientRect();
        return box.left >= view.left && box.right <= view.right && box.bottom <= view.bottom;
      });
    await expect.poll(inSight).toBe(true);
  });

  test.each([
    [1440, 900],
    [1024, 768],
    [390, 844],
  ])('opens whole, and Fit leads back to it: %i × %i', async (width, height) => {
    await write('many', circuitWorld({ nFeatures: 400 }));
    await open('', { name: 'many', width, height });
    const hidden = (): Promise<number> =>
      page
        .locator('.figure-scroller')
        .evaluate((view) =>
          Math.max(view.scrollWidth - view.clientWidth, view.scrollHeight - view.clientHeight),
        );
    const unused = (): Promise<number> =>
      page
        .locator('.figure-plot')
        .evaluate((plot) => plot.parentElement!.parentElement!.clientWidth - plot.clientWidth);
    await expect.poll(hidden).toBeLessThanOrEqual(0);
    await expect.poll(unused).toBeLessThan(90);
    // The figure has most of the screen, and does not give way to what is in it.
    const tall = await page.locator('.figure').evaluate((figure) => figure.clientHeight);
    expect(tall).toBeGreaterThan(0.5 * height);
    await page.getByRole('button', { name: 'Larger' }).click();
    await expect.poll(hidden).toBeGreaterThan(0);
    await page.getByRole('button', { name: 'Fit' }).click();
    await expect.poll(hidden).toBeLessThanOrEqual(0);
    await expect.poll(unused).toBeLessThan(90);
    expect(await param('zoom')).toBeNull();
  });

  test.each([1440, 1024])('labels in the tables are whole, %i wide', async (width) => {
    const nodes = world.nodes.map((node) => {
      const { head, feature_type: type, layer } = node;
      if (head !== undefined)
        return { ...node, clerp: `head ${head.layer}.${head.head}: ${head.source} → 9` };
      return /error/.test(type) ? { ...node, clerp: `error of MLP ${layer} at 9` } : node;
    });
    const links = world.nodes
      .filter(({ feature_type: type }) => /error|head/.test(type))
      .map(({ node_id: source }, i) => ({ source, target: ROOT, weight: 9 - i }));
    await write('labels', { ...world, nodes, links: [...links, ...world.links] });
    await open(`#node=${ROOT}`, { name: 'labels', width, height: 800 });
    const cut = await page
      .locator('.edge-table .node-label')
      .evaluateAll((labels) =>
        labels.filter((label) => label.scrollWidth > label.clientWidth).map((l) => l.textContent),
      );
    expect(cut).toEqual([]);
  });

  test('two outputs that begin alike can be told apart, and what is seen is part of the name', async () => {
    const label = 'Output " representative" − " representatives"';
    const nodes = world.nodes.map((node) =>
      node.node_id === ROOT ? { ...node, clerp: label } : node,
    );
    await write('alike', { ...world, nodes });
    await open('', { name: 'alike' });
    const text = (await mark(ROOT).locator('text').first().textContent())!;
    const [first, second] = text.split(' − ');
    expect(first).not.toBe(second);
    expect(await mark(ROOT).getAttribute('aria-label')).toContain(text);
  });

  test('a graph of paths has names and contributions of the original, and claims no sum', async () => {
    const target = { layer: '3', ctx_idx: 9, feature_type: 'cross layer transcoder' };
    await write('paths', {
      metadata: { ...world.metadata, mode: 'compatible', contributions: 'raw' },
      nodes: [
        { ...target, node_id: '3_7_9', name: 'mlp3tc[7]@-1', contrib: 4, activation: 4 },
        { ...target, node_id: '1_5_9', layer: '1', name: 'mlp1tc[5]@9', contrib: 1 },
        {
          ...{ node_id: 'e', layer: '3', ctx_idx: 9, feature_type: 'mlp reconstruction error' },
          ...{ name: 'mlp3tc[7]tc_error3@-1', contrib: 9, overlaps: true },
        },
      ],
      links: [
        { source: '1_5_9', target: '3_7_9', weight: 1 },
        { source: 'e', target: '3_7_9', weight: 9 },
      ],
    });
    await open('#node=3_7_9', { name: 'paths' });
    expect(await page.locator('.node-facts').textContent()).toMatch(
      /Namemlp3tc\[7\]@-1Contribution4\.00/,
    );
    const cells = await page.locator('.edge-table tbody tr').allTextContents();
    expect(cells.join(' ')).toMatch(/9\.00 .*1\.0025%/);
    expect(await page.locator('.edge-table').textContent()).not.toMatch(/closes|Sum/);
    expect(await page.locator('.circuit-head').textContent()).toContain('Contributionsraw');
  });

  test('a slider that is dragged writes the address calmly and ends at its value', async () => {
    await open();
    const slider = page.getByLabel(/^Influence/);
    await slider.focus();
    for (let i = 0; i < 80; i++) await page.keyboard.press('ArrowLeft');
    await expect.poll(() => param('influence')).toBe('0.2');
    expect(await slider.inputValue()).toBe('0.2');
  });

  test.each([
    { dark: false, width: 1440 },
    { dark: true, width: 1440 },
    { dark: true, width: 390 },
    { dark: false, width: 390 },
  ])('can be read and used by everybody: dark $dark, $width wide', async (options) => {
    const hashes = [
      '',
      `#node=${ROOT}`,
      `#node=${HEAD}&tab=outputs`,
      '#node=0_89_9&tab=feature&pin=B_1&q=head',
    ];
    for (const hash of hashes) {
      await open(hash, options);
      await expectUsable(page, options);
    }
    await page.keyboard.press('?');
    await page.getByRole('heading', { name: 'Keys' }).waitFor();
    await expectUsable(page, options);
    const unnamed = await page
      .locator('.figure .node:not([aria-label])')
      .evaluateAll((nodes) => nodes.length);
    expect(unnamed).toBe(0);
  });
});
