// A real browser for tests: the Chromium named by CHROMIUM_PATH, or the system's own.
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Path of the browser; undefined where none is installed. */
export const browserPath: string | undefined = [process.env.CHROMIUM_PATH ?? '', ...PLACES].find(
  (path) => path !== '' && existsSync(path),
);

/** Milliseconds that the browser may take for anything: what is waited for is a state, however busy the machine is. */
const PATIENCE = 120_000;

/** Start the browser without a window, without a GPU and without anything that it would do on its own. */
export async function startBrowser(): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: browserPath,
    timeout: PATIENCE,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  });
  browser.on('context', (context) => context.setDefaultTimeout(PATIENCE));
  return browser;
}
