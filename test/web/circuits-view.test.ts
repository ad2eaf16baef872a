// Circuits in the workbench, in a real browser: the list, the form that traces one more, and marks that are saved.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { PageGraph } from '../../src/pages/circuit-page.ts';
import { readMarks } from '../../src/pages/circuits/marks.ts';
import { browserPath, startBrowser } from '../helpers/browser.ts';
import { circuitWorld } from '../helpers/circuit-prompt.ts';
import { writeTranscoderRuns } from '../helpers/transcoder-runs.ts';
import { type Looking, openedPages } from './helpers/opened-pages.ts';
import { expectUsable } from './helpers/readable.ts';
import { type ServedPage, servePage } from './helpers/served-page.ts';
import { buildTemplate } from './helpers/watched-page.ts';

const FEATURE = '0_89_9';

describe.skipIf(browserPath === undefined)('circuits in the workbench', () => {
  let base: string;
  let served: ServedPage;
  let browser: Browser;
  const pages = openedPages();

  beforeAll(async () => {
    base = await mkdtemp(join(tmpdir(), 'saev-circuits-view-'));
    const template = await buildTemplate(base, 'workbench');
    await mkdir(join(base, 'open/rifles'), { recursive: true });
    await writeTranscoderRuns(join(base, 'open/runs'));
    served = await servePage([join(base, 'open')], template);
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await served?.close();
    await rm(base, { recursive: true });
  });
  afterEach(() => pages.close());

  const open = (hash: string, looking?: Looking) =>
    pages.open(browser, served.url, `#/${hash}`, looking);
  const writeGraph = () =>
    writeFile(join(base, 'open/rifles/graph.json'), JSON.stringify(circuitWorld()));
  const marks = async () =>
    readMarks(
      JSON.parse(await readFile(join(base, 'open/rifles/graph.json'), 'utf8')) as PageGraph,
    );

  test('a circuit is found in the list, and one more is traced by the form', async () => {
    await writeGraph();
    const page = await open('circuits');
    await page.getByRole('link', { name: 'rifle-6m' }).waitFor();
    await page.getByRole('textbox', { name: 'Prompt' }).fill('Today the dogs near');
    await page.getByLabel('One token over another').check();
    await page.getByLabel('More of the token').fill(' run');
    await page.getByLabel('than of').fill(' runs');
    await page.getByText('Settings').click();
    await page.getByLabel('Max nodes').fill('8');
    await page.getByRole('button', { name: 'Trace' }).click();
    await page.getByRole('listbox', { name: 'Nodes of the circuit' }).waitFor();
    expect(page.url()).toContain('#/circuits/open~circuits~today-the-dogs-near');
    await page.getByRole('link', { name: 'Circuits' }).click();
    await page.getByRole('link', { name: 'today-the-dogs-near' }).waitFor();
    await page.getByRole('textbox', { name: 'Prompt' }).fill('Today');
    await page.getByLabel('A feature').check();
    await page.getByLabel('Feature LAYER').fill('nonsense');
    await page.getByRole('button', { name: 'Trace' }).click();
    await page.getByRole('alert').filter({ hasText: 'write LAYER/INDEX' }).waitFor();
    // The answer was no error of the page.
    pages.forgive();
  });

  test('marks are saved; who saves over what somebody else wrote is asked first', async () => {
    await writeGraph();
    const [mine, theirs] = [await open('circuits/open~rifles'), await open('circuits/open~rifles')];
    const note = (page: Page, text: string) => page.getByLabel('Note about the graph').fill(text);
    await note(mine, 'mine');
    await note(theirs, 'theirs');
    await theirs.getByRole('button', { name: 'Save' }).click();
    await theirs.getByText('As in graph.json').waitFor();
    expect((await marks()).note).toBe('theirs');

    await mine.getByRole('button', { name: 'Save' }).click();
    await mine.getByRole('heading', { name: 'graph.json has changed' }).waitFor();
    await mine.getByRole('button', { name: 'Decide later' }).click();
    expect((await marks()).note).toBe('theirs');
    await mine.getByRole('button', { name: 'Save' }).click();
    await mine.getByRole('button', { name: 'Save mine over theirs' }).click();
    await mine.getByText('As in graph.json').waitFor();
    expect((await marks()).note).toBe('mine');
    expect(await mine.getByLabel('Note about the graph').inputValue()).toBe('mine');

    await note(theirs, 'theirs again');
    await theirs.getByRole('button', { name: 'Save' }).click();
    await theirs.getByRole('button', { name: 'Show theirs, without mine' }).click();
    await expect.poll(() => theirs.getByLabel('Note about the graph').inputValue()).toBe('mine');
  });

  test('what was not saved is there after a reload, and goes into the file by a key', async () => {
    await writeGraph();
    const page = await open(`circuits/open~rifles?node=${FEATURE}`);
    await page.getByRole('button', { name: 'Rename the node' }).click();
    await page.getByLabel('Name of the node').fill('guns');
    await page.keyboard.press('Enter');
    await page.getByText('not yet in graph.json').waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'guns' }).waitFor();
    expect((await marks()).labels).toEqual([]);
    await page.keyboard.press('s');
    await page.getByText('As in graph.json').waitFor();
    expect((await marks()).labels).toEqual([[FEATURE, 'guns']]);
    await page.goto(`${served.url}#/circuits`);
    await page.goBack();
    await page.getByRole('heading', { name: 'guns' }).waitFor();
  });

  test('a circuit that is not there is said to be missing', async () => {
    const page = await open('circuits/open~none');
    await page.getByText('This circuit cannot be shown').waitFor();
    await page.getByRole('link', { name: 'All circuits' }).click();
    await page.getByRole('heading', { name: 'Trace a circuit' }).waitFor();
    pages.forgive();
  });

  test('can be read and used by everybody, settings of the form, too', async () => {
    const page = await open('circuits', { width: 1024 });
    await page.getByText('Settings').click();
    await expectUsable(page, { width: 1024 });
  });
});
