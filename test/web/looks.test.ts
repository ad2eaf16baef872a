// Every view of the workbench as it was kept in snapshots/, wide and narrow, in the light and in the dark, and usable by everybody.
// After a change that is meant: RENEW_LOOKS=1 npx vitest run test/web/looks.test.ts
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeScores } from '../../src/studies/scoring/files.ts';
import { VisualsConfig } from '../../src/visuals/config.ts';
import { withDataOfRun } from '../../src/visuals/data-of-run.ts';
import { visualize } from '../../src/visuals/visualize.ts';
import { writePictureRun, writeTextRun } from '../helpers/asked-runs.ts';
import { browserPath, startBrowser } from '../helpers/browser.ts';
import { circuitWorld } from '../helpers/circuit-prompt.ts';
import { scoreReport } from '../helpers/page-scores.ts';
import { writeRunFolder } from '../helpers/run-folders.ts';
import { writeTranscoderRuns } from '../helpers/transcoder-runs.ts';
import { differences, type KeptLooks, looksOf, unseenFocus, useEvenFont } from './helpers/looks.ts';
import { expectUsable } from './helpers/readable.ts';
import { type ServedPage, servePage } from './helpers/served-page.ts';
import { buildTemplate, type Watched, watch } from './helpers/watched-page.ts';

const [WIDE, NARROW] = [1440, 390];
const FEATURES = 'open~runs~pictures~visuals~sort_by_patch';
/** An edit's answer, and the latents that are strongest, which come by themselves. */
const EDITED = 'body:has(.latent-group) .repeat code';

/** The views by the name of their file: where each is, and what is there when it is whole. */
const VIEWS: Readonly<Record<string, readonly [hash: string, whole: string]>> = {
  overview: ['all', '.entry-list a'],
  runs: ['runs', '.run-table tbody tr'],
  'runs-chosen': ['runs?sel=open~runs~sweep-0,open~runs~sweep-1', '.curve-plot path.curve'],
  features: [`features/${FEATURES}`, '.card img'],
  feature: [`features/${FEATURES}?f=7`, '.examples img'],
  map: [`features/${FEATURES}?view=map`, '.map-field canvas'],
  'ask-nothing': ['ask?kind=image', '.ask-invitation'],
  'ask-image': [
    `ask?kind=image&model=open~runs~pictures&from=${FEATURES}:1&latents=7`,
    '.latent-images img, .latent-images canvas',
  ],
  'ask-text': ['ask?kind=text&model=open~runs~texts&text=the+thin+man', '.answer-facts'],
  edit: ['edit', '.entry-list a'],
  'edit-image': ['edit/open~runs~pictures?example=1&set=3:4&where=1', EDITED],
  'edit-text': ['edit/open~runs~texts?text=the+thin+man&set=1:9', EDITED],
  circuits: ['circuits', '.trace textarea'],
  circuit: ['circuits/open~rifles', '[role=listbox]'],
  studies: ['studies', '.entry-list a'],
  scores: ['studies/open~scores', '.concept-list tbody tr'],
  table: ['studies/open~classes', '.study-scroll tbody tr'],
  missing: ['features/open~none', '.page-error h1'],
};

describe.skipIf(browserPath === undefined)('the views', () => {
  let base: string;
  let served: ServedPage;
  let browser: Browser;
  let page: Page;
  let watched: Watched;

  beforeAll(async () => {
    base = await mkdtemp(join(tmpdir(), 'saev-looks-'));
    const open = join(base, 'open');
    const template = await buildTemplate(base, 'workbench');
    const run = await writePictureRun(open);
    await writeTextRun(open);
    const visuals = VisualsConfig.parse({
      ckpt: run,
      dumpTo: join(run, 'visuals'),
      logFreqRange: [-9, 1],
      logValueRange: [-9, 9],
      threads: 1,
    });
    await visualize(await withDataOfRun(visuals, { keepImages: false }));
    for (const [i, l0] of [9, 4].entries()) {
      const evaluation = { l0, mse: 1 / l0 };
      const about = { tag: 'a sweep', minute: i, config: { lr: 0.001 * (i + 1) }, evaluation };
      await writeRunFolder(join(open, 'runs'), `sweep-${i}`, about);
    }
    await writeTranscoderRuns(join(open, 'coders'));
    await mkdir(join(open, 'rifles'));
    await writeFile(join(open, 'rifles/graph.json'), JSON.stringify(circuitWorld()));
    await writeScores({ ...scoreReport(), ckpt: run }, { dumpTo: join(open, 'scores') });
    await mkdir(join(open, 'classes'));
    await writeFile(join(open, 'classes/confusion.csv'), 'true,predicted,count\ncat,cat,8\n');
    await writeFile(join(open, 'classes/results.csv'), 'learning_rate,val_accuracy\n0.01,0.75\n');
    served = await servePage([open], template);
    browser = await startBrowser();
    const viewport = { width: WIDE, height: 900 };
    const context = await browser.newContext({
      viewport,
      bypassCSP: true,
      reducedMotion: 'reduce',
    });
    page = await context.newPage();
    watched = watch(page);
    await page.goto(served.url);
    await useEvenFont(page);
  });
  afterAll(async () => {
    await browser?.close();
    await served?.close();
    await rm(base, { recursive: true });
  });

  const goTo = async (name: string): Promise<void> => {
    const [hash, whole] = VIEWS[name]!;
    await page.evaluate((to) => {
      location.hash = to;
    }, `#/${hash}`);
    await page.locator(whole).first().waitFor();
  };
  const fileOf = (name: string): string => join(import.meta.dirname, 'snapshots', `${name}.json`);

  test.each(Object.keys(VIEWS))('%s', async (name) => {
    await goTo(name);
    const kept: Record<string, KeptLooks[string]> = {};
    for (const [scheme, width] of [
      ['light', WIDE],
      ['dark', WIDE],
      ['dark', NARROW],
      ['light', NARROW],
    ] as const) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme: scheme });
      const { boxes, styles } = await looksOf(page);
      if (width === WIDE) kept[scheme] = styles;
      // The dark is the light in other colours.
      expect(kept[width] ?? boxes).toEqual(boxes);
      kept[width] = boxes;
      await expectUsable(page, { width });
    }
    expect(await unseenFocus(page)).toEqual([]);
    const renew = process.env.RENEW_LOOKS !== undefined;
    const found = await differences(fileOf(name), kept, { renew });
    expect(found, 'RENEW_LOOKS=1 keeps the views as they are now').toEqual([]);
    // What is missing is answered with 404, which the browser itself logs.
    const complaints = watched.complaints.splice(0).filter((text) => !text.includes('404'));
    expect(complaints).toEqual([]);
    await page.setViewportSize({ width: WIDE, height: 900 });
  });

  test.each([
    [
      'a column that collapses',
      '.entry-list { grid-template-columns: 40px 1fr auto }',
      /1440: a .* was/,
    ],
    ['a control that leaves the screen', '.theme-button { translate: 2000px }', /button Colours/],
    ['a colour that is lost', ':root { --accent-soft: transparent }', /light: a Overview was/],
  ])('would be told of %s', async (_, content, told) => {
    await goTo('overview');
    const style = await page.addStyleTag({ content });
    const { boxes, styles } = await looksOf(page);
    const now = { [WIDE]: boxes, light: styles };
    const found = await differences(fileOf('overview'), now, { renew: false });
    expect(found.join('\n')).toMatch(told);
    await style.evaluate((element) => (element as Element).remove());
  });
});
