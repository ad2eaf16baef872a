// How quickly the view of runs answers, in Chromium, over made-up runs: from asking to the frame that shows it.
//
//   npm run build && npx tsx bench/runs-page.ts [--runs 100] [--latents 24576] [--rounds 5] [--page FILE] [--json]
//
// Each figure is the median over the rounds, in milliseconds: sorting the table, searching, taking one run and four runs more
// to look at, and a step of dragging limits over the latents of four.
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { Random } from '../src/base/random.ts';
import { RUN_PAGE_VERSION, type RunEntry, type RunPage } from '../src/pages/run-page.ts';
import { SOURCE_NAMES } from '../src/pages/source.ts';
import { readTemplate } from '../src/pages/template.ts';
import { startBrowser } from '../test/helpers/browser.ts';
import { median, printTable } from './measure.ts';

const { values: flags } = parseArgs({
  options: {
    runs: { type: 'string', default: '100' },
    latents: { type: 'string', default: '24576' },
    rounds: { type: 'string', default: '5' },
    page: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const rounds = Number(flags.rounds);
const random = new Random(5);
const runs = Array.from({ length: Number(flags.runs) }, (_, i) => madeUpRun(i));

const server = await serveRuns();
const browser = await startBrowser();
const measured: Record<string, number> = {};
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  await page.waitForSelector('.run-table tbody tr');
  await page.evaluate(await readFile(new URL('./page-timer.js', import.meta.url), 'utf8'));
  /** The median of what programs for the page take until `change`, another, has another answer. */
  const time = async (name: string, acts: readonly string[], change: string): Promise<void> => {
    const times: number[] = [];
    for (let round = 0; round < rounds; round++) {
      for (const act of acts) {
        times.push(await page.evaluate(`timeTo(() => { ${act} }, () => ${change})`));
        await page.waitForTimeout(150);
      }
    }
    measured[name] = Math.round(median(times));
  };
  const head = (name: string): string =>
    `[...document.querySelectorAll('thead button')].find((b) => b.textContent.startsWith('${name}')).click()`;
  const box = (row: number): string =>
    `document.querySelectorAll('.run-table tbody input')[${row}].click()`;
  const drawn = `document.querySelectorAll('.chosen-columns canvas').length`;
  await time('sort', [head('L0'), head('MSE')], `document.querySelector('tbody th').textContent`);
  const count = `document.querySelector('.run-count').textContent`;
  await time('search', [`type('run-1')`, `type('lr=0.002')`, `type('')`], count);
  await time('choose one', [box(0), `${box(0)}`], drawn);
  const four = [1, 2, 3, 4].map(box).join(';');
  await time('choose four', [four, four], drawn);
  await page.evaluate(`${four}`);
  await page.waitForTimeout(500);
  const limits = await page.evaluate<number[]>(
    `brush(20, '.latent-scatter svg', '.latent-scatter figcaption')`,
  );
  measured['limits, a step'] = Math.round(median(limits));
} finally {
  await browser.close();
  server.close();
}
if (flags.json) console.log(JSON.stringify(measured));
else printTable(Object.keys(measured), [Object.values(measured).map(String)]);
process.exit();

/** Serve the page of runs and its data on a free port of this machine. */
async function serveRuns(): Promise<Server> {
  const html = await readTemplate('runs', flags.page);
  const pages = new Map(runs.map((run) => [run.id, madeUpPage(run)]));
  const script = (path: string, value: unknown): string =>
    `${SOURCE_NAMES.receive}(${JSON.stringify(path)},${JSON.stringify(value)})`;
  const list = script('runs', { version: RUN_PAGE_VERSION, title: 'Made up', runs });
  const made = createServer(({ url = '' }, response) => {
    const id = /^\/data\/runs\/(.+)\.js$/.exec(url)?.[1];
    if (id !== undefined) response.end(script(`runs/${id}`, pages.get(id)));
    else if (url === '/data/runs.js') response.end(list);
    else response.setHeader('Content-Type', 'text/html').end(html);
  });
  return new Promise((done) => {
    made.listen(0, '127.0.0.1', () => done(made));
  });
}

function madeUpRun(i: number): RunEntry {
  const [layer, lr] = [i % 4, [1e-4, 5e-4, 0.002][i % 3]!];
  const others = Object.fromEntries(
    Array.from({ length: 60 }, (_, n) => [`a.setting.${n}`, n < 4 ? random.int(5) : n]),
  );
  const metrics = { l0: 20 + 200 * random.float(), mse: random.float(), nDead: random.int(999) };
  return {
    id: `run-${i}`,
    name: `run-${i}`,
    folder: `runs/run-${i}`,
    state: 'finished',
    started: new Date(1.7e12 + 1e6 * i).toISOString(),
    tag: `sweep ${i % 3}`,
    modality: 'image',
    model: 'a/model',
    dataset: 'photos',
    settings: { 'data.layer': layer, lr, 'sae.dSae': Number(flags.latents), ...others },
    metrics: { ...metrics, 'losses/loss': metrics.mse, 'losses/mse': metrics.mse },
    metricsFrom: 'evaluation',
  };
}

function madeUpPage(run: RunEntry): RunPage {
  const n = Number(flags.latents);
  const base64 = (next: () => number): string =>
    Buffer.from(Float32Array.from({ length: n }, next).buffer).toString('base64');
  const steps = Array.from({ length: 400 }, (_, i) => 10 * i);
  const curve = (metric: string) => ({
    metric,
    steps,
    values: steps.map((step) => 1 / (1 + step / 300) + 0.02 * random.float()),
    points: steps.length,
  });
  return {
    version: RUN_PAGE_VERSION,
    run,
    latents: {
      count: n,
      dead: run.metrics.nDead!,
      logFrequency: base64(() => -3 + random.normal()),
      logValue: base64(() => 0.4 * random.normal()),
    },
    curves: ['losses/loss', 'losses/mse', 'metrics/l0'].map(curve),
  };
}
