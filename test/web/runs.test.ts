// The view of runs in a real browser: as a report from the disk, and alive in the workbench while a coder is trained.
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAdaptorServer } from '@hono/node-server';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ActivationSource } from '../../src/activations/types.ts';
import { Random } from '../../src/base/random.ts';
import { cpuKernels } from '../../src/compute/kernels/cpu/kernels.ts';
import { createApp } from '../../src/server/app.ts';
import { openWorkbench } from '../../src/server/open-workbench.ts';
import { findRunFolders, readRunEntries } from '../../src/training/comparing/find-runs.ts';
import { writeRunsReport } from '../../src/training/comparing/report.ts';
import { TrainConfig } from '../../src/training/config/train-config.ts';
import { trainGroup } from '../../src/training/group/group.ts';
import { browserPath, startBrowser } from '../helpers/browser.ts';
import { shardsMetadata, writeRunFolder } from '../helpers/run-folders.ts';
import { expectUsable } from './helpers/readable.ts';
import { buildTemplate, type Watched, watch } from './helpers/watched-page.ts';

const HOSTILE = '<img src=x onerror=alert(1)>';

describe.skipIf(browserPath === undefined)('runs', () => {
  let folder: string;
  let browser: Browser;
  let page: Page;
  let watched: Watched;
  let report: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'saev-runs-page-'));
    await mkdir(join(folder, 'shards'));
    await writeFile(join(folder, 'shards/metadata.json'), JSON.stringify(shardsMetadata()));
    const runs = join(folder, 'runs');
    const random = new Random(3);
    const freqs = Float32Array.from({ length: 400 }, (_, i) =>
      i < 7 ? 0 : 10 ** (-4 * random.float()),
    );
    for (const [i, l0] of [40, 20, 10, 5, 2].entries()) {
      await writeRunFolder(runs, `run-${i}`, {
        minute: i,
        ...(i < 2 && { tag: 'sweep' }),
        config: { lr: 0.001 * (i + 1), sae: { kind: i % 2 ? 'topk' : 'relu', expFactor: 4 } },
        evaluation: { l0, mse: 1 / l0, nDead: 7 },
        freqs,
      });
    }
    await writeRunFolder(runs, HOSTILE.replace('/', ''), { status: 'stopped', minute: 9 });
    await writeFile(
      join(await writeRunFolder(runs, 'broken', { status: 'stopped', steps: 0 }), 'config.json'),
      '{',
    );
    const found = await findRunFolders([runs]);
    const entries = await readRunEntries(found.map((run, i) => ({ ...run, id: `id${i}` })));
    const template = await buildTemplate(folder, 'runs');
    report = await writeRunsReport(entries, {
      to: join(folder, 'report'),
      title: HOSTILE,
      template,
    });
    browser = await startBrowser();
    page = await browser.newPage();
    watched = watch(page);
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true });
  });

  const rows = (): Promise<string[]> => page.locator('.run-table tbody th').allTextContents();
  const hash = (): Promise<string> => page.evaluate(() => decodeURIComponent(location.hash));
  async function open(
    state = '',
    { width = 1440, dark = false }: { width?: number; dark?: boolean } = {},
  ): Promise<void> {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light' });
    await page.goto('about:blank');
    await page.goto(`file://${report}${state}`);
    await page.locator('.run-table tbody tr, .empty').first().waitFor();
  }

  describe('as a report from the disk', () => {
    afterEach(() => watched.expectQuiet());

    test('lists runs, newest first, with what differs; sorts and filters in the address', async () => {
      await open();
      expect((await rows())[0]).toBe(HOSTILE.replace('/', ''));
      expect(await page.locator('h1').textContent()).toBe(HOSTILE);
      await page.getByRole('button', { name: 'L0', exact: true }).click();
      expect((await rows()).slice(0, 2)).toEqual(['run-4', 'run-3']);
      await page.getByRole('button', { name: 'L0', exact: true }).click();
      expect((await rows()).slice(0, 2)).toEqual(['run-0', 'run-1']);
      // What has no number comes last either way.
      expect((await rows()).at(-1)).toContain('broken');
      expect(await hash()).toBe('#sort=l0&order=down');
      await page.getByRole('combobox', { name: 'Tag', exact: true }).selectOption('sweep');
      expect(await rows()).toEqual(['run-0', 'run-1']);
      await page.getByRole('button', { name: 'Show all' }).click();
      await page.getByLabel('Filter by a setting').selectOption('sae.kind');
      await page.getByRole('combobox', { name: 'sae.kind', exact: true }).selectOption('topk');
      expect(await rows()).toEqual(['run-1', 'run-3']);
      expect(await hash()).toContain('where=sae.kind:=topk');
      await page.keyboard.press('Escape');
      await page.locator('h1').click();
      await page.keyboard.press('/');
      await page.keyboard.type('lr=0.004');
      expect(await rows()).toEqual(['run-3']);
      await page.keyboard.type('9');
      expect(await page.locator('.runs-upper .empty').textContent()).toContain('No run fits');
      await open('#cols=name,s.lr');
      expect(await page.locator('.run-table thead th').allTextContents()).toEqual([
        '',
        'Run',
        'lr',
      ]);
    });

    test('shows chosen runs by L0: latents with the dead apart, curves, and what differs', async () => {
      await open();
      for (const name of ['run-0', 'run-3', 'run-1'])
        await page.getByLabel(`Choose ${name}`).check();
      const chosen = page.locator('.chosen-columns article');
      await expect.poll(() => page.locator('.latent-scatter').count()).toBe(3);
      expect(await chosen.locator('h4').allTextContents()).toEqual([
        '1 run-3',
        '2 run-1',
        '3 run-0',
      ]);
      expect(await chosen.first().locator('.latent-scatter figcaption').textContent()).toBe(
        '393 latents, 7 dead',
      );
      expect(await page.locator('.spread-dead').count()).toBe(6);
      expect(await page.locator('.curve-plot path.curve').count()).toBe(3);
      const differences = page.locator('.differences tbody').first();
      expect(await differences.locator('th').allTextContents()).toEqual([
        'started',
        'tag',
        'sae.kind',
        'lr',
      ]);
      const address = await hash();
      await page.getByRole('combobox', { name: 'Metric' }).selectOption('metrics/l0');
      await page.getByLabel('Least log₁₀ frequency').fill('-2');
      await expect
        .poll(() => chosen.first().locator('.latent-scatter figcaption').textContent())
        .toMatch(/^\d+ inside, \d+ outside, 7 dead$/);
      await page.getByText('All settings').click();
      expect(await differences.locator('tr[data-differs]').count()).toBe(4);
      const full = await hash();
      for (const part of ['curve=metrics/l0', 'freq=-2..', 'settings=all'])
        expect(full).toContain(part);
      // Back undoes the last choice.
      await open(address);
      await page.getByRole('button', { name: 'Choose none' }).click();
      await page.locator('.runs-hint').waitFor();
      await page.goBack();
      await expect.poll(() => chosen.count()).toBe(3);
      await page.getByLabel('Choose all').check();
      expect(await page.locator('.runs-chosen-head').textContent()).toContain('of 7 chosen');
      await page.locator('h1').click();
      await page.keyboard.press('Escape');
      await page.locator('.runs-hint').waitFor();
    });

    test('one run alone is shown with all its settings; one without an evaluation says so', async () => {
      await open('#sel=id0,id1');
      const names = await rows();
      const place = (name: string): string =>
        `#sel=id${[...names].sort().findIndex((each) => each.startsWith(name))}`;
      await open(place('run-2'));
      await page.locator('.latent-scatter').waitFor();
      expect(await page.locator('#differences-title').textContent()).toBe('Settings');
      expect(await page.locator('.differences').textContent()).toContain('data.shardRoot');
      await open(place(HOSTILE.replace('/', '')));
      expect(await page.locator('.chosen-columns .empty').textContent()).toContain('No evaluation');
      await open(place('broken'));
      expect(await page.locator('.chosen-problem').textContent()).toContain('is not JSON');
    });

    test('a click on a dot chooses its run, a rectangle those inside, and legends say what is what', async () => {
      await open();
      const dots = page.locator('.run-dot');
      expect(await dots.count()).toBe(6);
      expect(await page.locator('.run-dot[data-open]').count()).toBe(1);
      const legend = (await page.locator('.run-legend').textContent())!;
      for (const text of ['lr', '0.001', 'sae.kind', 'relu', 'topk', 'not evaluated yet'])
        expect(legend).toContain(text);
      const box = (await page.locator('.metric-plot svg').boundingBox())!;
      await page.mouse.move(box.x + 60, box.y + 15);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width - 20, box.y + box.height - 45, { steps: 4 });
      await page.mouse.up();
      await expect.poll(() => page.locator('.dot-ring').count()).toBeGreaterThan(4);
      await page.mouse.click(box.x + box.width / 2, box.y + 20);
      await expect.poll(() => page.locator('.dot-ring').count()).toBe(0);
      const dot = (await dots.nth(2).boundingBox())!;
      await page.mouse.move(dot.x + 5, dot.y + 5);
      expect(await page.locator('.metric-plot figcaption').textContent()).toMatch(/^run-\d/);
      await page.mouse.click(dot.x + 5, dot.y + 5);
      await expect.poll(() => page.locator('.dot-ring').count()).toBe(1);
      await page.getByRole('combobox', { name: 'Up', exact: true }).selectOption('normalizedMse');
      await page.getByLabel('log: a logarithmic axis across').click();
      expect(await hash()).toMatch(/y=normalizedMse&log=x/);
    });

    test.each([
      [1440, false],
      [1440, true],
      [1024, false],
      [390, false],
      [390, true],
    ])('can be read and used by everybody: %i wide, dark %s', async (width, dark) => {
      for (const state of ['', '#sel=id2,id3,id4,id5&where=lr:..1&q=run', '#q=none']) {
        await open(state, { width, dark });
        if (state.includes('sel')) await page.locator('.latent-scatter').last().waitFor();
        await expectUsable(page, { width });
      }
    });
  });

  test('a report of one file needs nothing beside it', async () => {
    const runs = await readRunEntries(await findRunFolders([join(folder, 'runs/run-0')]));
    const to = join(folder, 'one', 'report.html');
    const template = join(folder, 'web/runs.html');
    for (let time = 0; time < 2; time++)
      expect(await writeRunsReport(runs, { to, template })).toBe(to);
    expect(await readdir(join(folder, 'one'))).toEqual(['report.html']);
    await page.goto(`file://${to}#sel=${runs[0]!.id}`);
    await page.locator('.latent-scatter').waitFor();
    await page.locator('.curve-plot path').first().waitFor();
    watched.expectQuiet();
    await writeFile(to, 'something else');
    await expect(writeRunsReport(runs, { to, template })).rejects.toThrow('is another page');
  });

  test('hundreds of runs: only rows on the screen exist, and the last is reached', async () => {
    const [run] = await readRunEntries(await findRunFolders([join(folder, 'runs/run-0')]));
    const many = Array.from({ length: 450 }, (_, i) => ({
      ...run!,
      id: 'id0',
      name: `copy-${i}`,
    })).map((each, i) => ({ ...each, id: `copy${i}`, metrics: { l0: i, mse: 1 / (i + 1) } }));
    const to = join(folder, 'many');
    const template = join(folder, 'web/runs.html');
    const path = await writeRunsReport(many.slice(0, 1), { to, template });
    const list = { version: 1, title: 'Many', runs: many };
    await writeFile(join(to, 'data/runs.js'), `saevData("runs", ${JSON.stringify(list)})`);
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.goto(`file://${path}#sort=l0`);
    await page.locator('.run-table tbody tr').first().waitFor();
    expect(await page.locator('.run-table tbody tr').count()).toBeLessThan(80);
    expect((await rows())[0]).toBe('copy-0');
    await page.locator('.run-table').evaluate((table) => table.scrollTo(0, table.scrollHeight));
    await expect.poll(async () => (await rows()).at(-1)).toBe('copy-449');
    watched.expectQuiet();
  });

  test('alive: a run that begins appears, moves while it trains, and gets its latents', async () => {
    const runs = join(folder, 'live/runs');
    await mkdir(runs, { recursive: true });
    const workbench = await openWorkbench([join(folder, 'live')]);
    const app = await createApp(workbench);
    const server = createAdaptorServer({ fetch: app.fetch }) as Server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/#/runs`;
    const kernels = await cpuKernels({ threads: 1 });
    const gate = createGate();
    try {
      await page.goto(url);
      expect(await page.locator('.empty').textContent()).toContain('No runs yet');
      const config = TrainConfig.parse({
        ...{ nPatches: 400, saeBatchSize: 20, nLrWarmup: 1, lr: 1e-2, logEvery: 1 },
        ...{ sae: { expFactor: 3 }, runRoot: runs },
      });
      const training = trainGroup([config], gatedSource(gate), { kernels, version: '0.0.0' });
      gate.open(3);
      await page.locator('.run-state[data-state="running"]').waitFor();
      await expect.poll(() => page.locator('.top-count').first().textContent()).toBe('1');
      await page.locator('.run-table tbody tr').click();
      const points = async (): Promise<number> =>
        ((await page.locator('path.curve').getAttribute('d')) ?? '').split('L').length;
      await page.locator('.curve-plot').waitFor();
      const [before, badge] = [
        await points(),
        await page.locator('.run-table .run-state').textContent(),
      ];
      gate.open(8);
      await expect.poll(points).toBeGreaterThan(before);
      await expect.poll(() => page.locator('.run-table .run-state').textContent()).not.toBe(badge);
      expect(await page.locator('.run-dot[data-open]').count()).toBe(1);
      gate.open(Number.POSITIVE_INFINITY);
      await training;
      await page.locator('.run-state[data-state="finished"]').first().waitFor();
      await page.locator('.latent-scatter').waitFor();
      expect(await page.locator('.run-dot[data-open]').count()).toBe(0);
      expect(watched.complaints.splice(0)).toEqual([]);
    } finally {
      await page.goto('about:blank');
      gate.open(Number.POSITIVE_INFINITY);
      await workbench.close();
      server.closeAllConnections();
      server.close();
      await kernels.close();
    }
  });
});

/** Lets so many pass in all. */
interface Gate {
  open(count: number): void;
  pass(): Promise<void>;
}

function createGate(): Gate {
  let [allowed, passed] = [0, 0];
  let wake = (): void => undefined;
  return {
    open(count) {
      allowed = count;
      wake();
    },
    async pass() {
      while (passed >= allowed) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      passed++;
    },
  };
}

/** Rows of noise, each batch of which waits for the gate. */
function gatedSource(gate: Gate): ActivationSource {
  const [d, length] = [8, 400];
  const random = new Random(9);
  const rows = Float32Array.from({ length: length * d }, () => random.normal());
  return {
    dModel: d,
    length,
    nExamples: length,
    rowsPerExample: 1,
    async *batches({ batchSize, shuffleSeed, skipBatches = 0 }) {
      for (let first = skipBatches * batchSize; first < length; first += batchSize) {
        // Other passes, for a mean or an evaluation, go through.
        if (shuffleSeed !== undefined && batchSize === 20) await gate.pass();
        const n = Math.min(batchSize, length - first);
        const exampleIndex = Int32Array.from({ length: n }, (_, i) => first + i);
        const acts = rows.slice(first * d, (first + n) * d);
        yield { acts, exampleIndex, tokenIndex: new Int32Array(n).fill(-1) };
      }
    },
    close: async () => {},
  };
}
