// How long a visitor of a published page waits for answers that are computed in the browser.
//
//   npx saev publish demo-out --to site && npx tsx bench/engine.ts site photo.jpg
//   npx tsx bench/engine.ts site "A text for language models."
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import type { Example } from '../src/pages/ask.ts';
import type { ShippedEngine } from '../src/server/publish/engine/shipped.ts';
import { startBrowser } from '../test/helpers/browser.ts';
import { ISOLATED, startStaticServer } from '../test/helpers/static-server.ts';

const [site = 'site', example = 'photo.jpg'] = process.argv.slice(2);
const REPEATS = 10;

const data = readdirSync(site).find((name) => name.startsWith('data-'))!;
const engine = join(site, data, 'engine');
const { models } = JSON.parse(readFileSync(join(engine, 'models.json'), 'utf8')) as ShippedEngine;
const { id } = models.find(({ refused }) => refused === undefined)!;
await build({
  configFile: false,
  logLevel: 'error',
  build: {
    outDir: engine,
    emptyOutDir: false,
    lib: { entry: 'web/src/engine/open-engine.ts', formats: ['es'], fileName: () => 'bench.js' },
  },
});
/** Runs in the page, and so stands here as text. */
const MEASURE = `import { openEngine } from './bench.js';
  window.measure = async ({ id, given, repeats }) => {
    const opened = openEngine('./');
    const timed = async (name, input) => {
      const start = performance.now();
      await opened.work(name, input);
      return performance.now() - start;
    };
    const ask = { models: [id], example: given };
    const edit = { model: id, example: given, changes: [{ latent: 1, value: 5 }], newTokens: 8 };
    const first = await timed('ask', ask);
    const firstEdit = await timed('edit', edit);
    const [asks, edits] = [[], []];
    for (let i = 0; i < repeats; i++) {
      asks.push(await timed('ask', ask));
      edits.push(await timed('edit', edit));
    }
    return { first, firstEdit, asks, edits };
  };`;
writeFileSync(join(engine, 'bench.html'), `<script type="module">${MEASURE}</script>`);
const given: Example = existsSync(example)
  ? { image: { upload: readFileSync(example).toString('base64') } }
  : { text: example };

interface Times {
  readonly first: number;
  readonly firstEdit: number;
  readonly asks: readonly number[];
  readonly edits: readonly number[];
}

const browser = await startBrowser();
for (const [name, headers] of [
  ['one thread', {}],
  ['threads', ISOLATED],
] as const) {
  const server = await startStaticServer(engine, headers);
  const page = await browser.newPage();
  await page.goto(`${server.url}bench.html`);
  await page.waitForFunction('window.measure');
  const input = JSON.stringify({ id, given, repeats: REPEATS });
  const times = await page.evaluate<Times>(`window.measure(${input})`);
  const median = (values: readonly number[]): number =>
    [...values].sort((a, b) => a - b)[values.length >> 1]!;
  const ms = (value: number): string => `${value.toFixed(0)} ms`;
  console.log(
    `${name}: first answer ${ms(times.first)}, next ${ms(median(times.asks))}; first edit ${ms(times.firstEdit)}, next ${ms(median(times.edits))}`,
  );
  await page.close();
  await server.close();
}
await browser.close();
