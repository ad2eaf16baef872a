// How quickly the page of features answers, in Chromium, over made-up features: from asking to the frame that shows it.
//
//   npm run build && npx tsx bench/page.ts [--features 24576,262144] [--rounds 5] [--page FILE] [--json]
//
// Each figure is the median over the rounds, in milliseconds. Examples are drawn once and given to all features; a server
// in this process gives the page its chunks and pictures. An order is
// remembered: `first sort` makes one.
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { Random } from '../src/base/random.ts';
import { encodeJpeg } from '../src/data/images/encode.ts';
import {
  type FeatureColumns,
  type ImageChunk,
  type ImagePageIndex,
  PAGE_NAMES,
  PAGE_VERSION,
} from '../src/pages/feature-page.ts';
import { packIndex } from '../src/pages/features/packed-index.ts';
import { island } from '../src/pages/page-files.ts';
import { fillTemplate, readTemplate } from '../src/pages/template.ts';
import { startBrowser } from '../test/helpers/browser.ts';
import { median, printTable } from './measure.ts';

const { values: flags } = parseArgs({
  options: {
    features: { type: 'string', default: '24576,262144' },
    rounds: { type: 'string', default: '5' },
    page: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const CHUNK = 16;
const SIDE = 14;
const rounds = Number(flags.rounds);

const rows: Record<string, number | string>[] = [];
const browser = await startBrowser();
try {
  for (const n of flags.features.split(',').map(Number)) {
    const server = await servePage(n);
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    const { port } = server.address() as AddressInfo;
    rows.push({ features: n, ...(await measure(page, `http://127.0.0.1:${port}/`)) });
    await page.close();
    server.close();
  }
} finally {
  await browser.close();
}
if (flags.json) console.log(JSON.stringify(rows));
else
  printTable(
    Object.keys(rows[0]!),
    rows.map((row) => Object.values(row).map(String)),
  );
process.exit();

async function measure(page: Page, address: string): Promise<Record<string, number>> {
  const opened: number[] = [];
  for (let round = 0; round < Math.min(rounds, 3); round++) {
    await page.goto('about:blank');
    await page.goto(address);
    await page.waitForSelector('.card img');
    opened.push(
      await page.evaluate(`performance.getEntriesByName('first-contentful-paint')[0].startTime`),
    );
  }
  await page.evaluate(await readFile(new URL('./page-timer.js', import.meta.url), 'utf8'));
  /** The median of what `act`, a program for the page, takes until `change`, another, has another answer. */
  const time = async (acts: readonly string[], change: string): Promise<number> => {
    const times: number[] = [];
    for (let round = 0; round < rounds; round++) {
      for (const act of acts) {
        times.push(await page.evaluate(`timeTo(() => { ${act} }, () => ${change})`));
        await page.waitForTimeout(60);
      }
    }
    return Math.round(median(times));
  };
  const firstCard = `document.querySelector('.card b').textContent`;
  const listed = `document.querySelector('.position b').textContent`;
  const press = (name: string): string =>
    `[...document.querySelectorAll('.sort button')].find((b) => b.textContent.startsWith('${name}')).click()`;
  const type = (text: string): string => `type('${text}')`;
  const firstSort = await page.evaluate<number>(
    `timeTo(() => { ${press('Value')} }, () => ${firstCard})`,
  );
  await page.waitForTimeout(300);
  const sort = await time([press('Index'), press('Value'), press('Frequency')], firstCard);
  const search = await time([type('cat'), type('dog 1'), type('')], listed);
  await page.waitForTimeout(300);
  const brush = await page.evaluate<number[]>(`brush(20)`);
  await page.evaluate(`[...document.querySelectorAll('.filter-line button')][0].click()`);
  await page.waitForTimeout(300);
  const wheel = await time(
    [`document.querySelector('.grid-scroller').scrollTop += 900`],
    `document.querySelector('.grid-row').style.transform`,
  );
  await page.evaluate(`document.querySelector('.card').click()`);
  await page.waitForSelector('.examples img');
  const next = await time(
    [`document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'j', bubbles: true }))`],
    `document.querySelector('.examples') && document.querySelector('#feature-title').textContent`,
  );
  return {
    'first paint': Math.round(median(opened)),
    'first sort': Math.round(firstSort),
    sort,
    search,
    'brush, a step': Math.round(median(brush)),
    wheel,
    'next feature': next,
  };
}

/** Serve a page of `n` features on a free port of this machine. */
async function servePage(n: number): Promise<Server> {
  const random = new Random(3);
  const html = fillTemplate(await readTemplate('features', flags.page), [
    island(PAGE_NAMES.index, JSON.stringify(packIndex(madeUpIndex(n, random)))),
  ]);
  const pixels = Uint8Array.from({ length: 224 * 224 * 3 }, (_, i) => ((i % 672) / 672) * 255);
  const picture = await encodeJpeg({ width: 224, height: 224, data: pixels });
  const chunk = JSON.stringify(madeUpChunk(random));
  const server = createServer(({ url = '' }, response) => {
    const chunkName = /^\/data\/features-(\d+)\.js$/.exec(url);
    if (chunkName !== null) response.end(`${PAGE_NAMES.receive}(${chunkName[1]},${chunk})`);
    else if (url.startsWith('/images/')) response.end(picture);
    else response.setHeader('Content-Type', 'text/html').end(html);
  });
  return new Promise((done) => {
    server.listen(0, '127.0.0.1', () => done(server));
  });
}

function madeUpIndex(n: number, random: Random): ImagePageIndex {
  const column = (next: () => number): Float32Array => Float32Array.from({ length: n }, next);
  const features: FeatureColumns = {
    latent: Uint32Array.from(random.shuffle(Array.from({ length: n }, (_, i) => i))),
    logFrequency: column(() => -3 + random.normal())
      .sort()
      .reverse(),
    logValue: column(() => 0.4 * random.normal()),
    max: column(() => 10 * random.float()),
    percentile: column(() => random.float()),
    label: Array.from(
      { length: n },
      () => `${['cat', 'dog', 'tree', 'sea'][random.int(4)]!} ${random.int(200)}`,
    ),
    labelShare: column(() => random.float()),
  };
  return {
    version: PAGE_VERSION,
    modality: 'image',
    title: 'Made up',
    facts: [],
    dSae: n,
    nDead: 0,
    rankBy: 'max',
    token: { one: 'patch', many: 'patches' },
    features,
    others: { logFrequency: new Float32Array(0), logValue: new Float32Array(0) },
    percentile: 99,
    histogramEdges: Array.from({ length: 65 }, (_, i) => -2 + i / 16),
    chunkSize: CHUNK,
    images: { side: SIDE, folder: 'images', extension: 'jpg' },
  };
}

function madeUpChunk(random: Random): ImageChunk {
  const maps = Uint8Array.from({ length: 24 * SIDE * SIDE }, () => random.int(256));
  return {
    features: Array.from({ length: CHUNK }, () => ({
      histogram: Array.from({ length: 64 }, () => random.int(99)),
      upper: 3,
      examples: Array.from({ length: 24 }, (_, example) => ({
        example,
        score: 3,
        label: 'cat',
        source: `cat/${example}.jpg`,
      })),
      maps: Buffer.from(maps).toString('base64'),
    })),
  };
}
