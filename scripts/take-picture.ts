// The pictures of the pages in README.md and docs/, taken in a browser without a window.
//
//   npm run demo && npx tsx scripts/take-picture.ts demo-out/runs/…/visuals/sort_by_patch/index.html docs/images/features.png '#sort=f1'
//   npm run demo:language && npx tsx scripts/take-picture.ts demo-out/language/circuit/index.html docs/images/circuit.png
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { writeFileAtomic } from '../src/base/files.ts';
import { startBrowser } from '../test/helpers/browser.ts';

const [page, to, hash = ''] = process.argv.slice(2);
if (page === undefined || to === undefined) {
  console.error('usage: take-picture.ts PAGE TO [HASH]');
  process.exit(2);
}

const browser = await startBrowser();
try {
  const tab = await browser.newPage({
    viewport: { width: 1440, height: 900 },
    colorScheme: 'light',
  });
  await tab.goto(pathToFileURL(resolve(page)).href + hash);
  await tab.waitForSelector('main :nth-child(2)');
  await tab.waitForLoadState('networkidle');
  await tab.waitForTimeout(1000);
  const picture = await tab.screenshot();
  await writeFileAtomic(to, await sharp(picture).png({ palette: true, quality: 90 }).toBuffer());
} finally {
  await browser.close();
}
