// Pages that a test opened, each in a browser that remembers nothing; what they complained of or asked others for is found at the end.
import type { Browser, Page } from 'playwright-core';
import { expect } from 'vitest';
import { watch } from './watched-page.ts';

/** How a page is looked at. */
export interface Looking {
  readonly width?: number;
  readonly dark?: boolean;
}

/** Pages that are open. */
export interface OpenedPages {
  /** Open `hash` of the page at `url`; everything that it asks for must be in the folder of that. */
  open(browser: Browser, url: string, hash: string, looking?: Looking): Promise<Page>;
  /** Forget the complaints so far: an answer was meant to be no success. */
  forgive(): void;
  /** Expect that no page complained or asked for anything elsewhere, and close them all. */
  close(): Promise<void>;
}

/** Keep the pages of a test. */
export function openedPages(): OpenedPages {
  const opened: { page: Page; watched: ReturnType<typeof watch>; folder: string }[] = [];
  return {
    async open(browser, url, hash, { width = 1440, dark = false } = {}) {
      const viewport = { width, height: 850 };
      const colorScheme = dark ? 'dark' : 'light';
      const context = await browser.newContext({ viewport, colorScheme });
      const page = await context.newPage();
      const folder = url.slice(0, url.lastIndexOf('/') + 1);
      opened.push({ page, watched: watch(page), folder });
      await page.goto(`${url}${hash}`);
      return page;
    },
    forgive() {
      for (const { watched } of opened) watched.complaints.splice(0);
    },
    async close() {
      for (const { page, watched, folder } of opened.splice(0)) {
        expect(watched.complaints).toEqual([]);
        for (const asked of watched.requests)
          expect(asked.startsWith(folder) || /^(data|blob):/.test(asked), asked.slice(0, 80)).toBe(
            true,
          );
        await page.context().close();
      }
    },
  };
}
