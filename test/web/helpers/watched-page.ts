// A page under test: built anew, opened in a real browser, and listened to.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { build } from 'vite';
import { expect } from 'vitest';
import type { PageName } from '../../../src/pages/template.ts';

/** Templates that this process has built. */
const built = new Map<PageName, string>();

/** Build the template of a page into `folder`, with React's warnings, and give its path. */
export async function buildTemplate(folder: string, name: PageName): Promise<string> {
  const outDir = join(folder, 'web');
  const path = join(outDir, `${name}.html`);
  const before = built.get(name);
  if (before !== undefined) {
    await mkdir(outDir, { recursive: true });
    await writeFile(path, before);
    return path;
  }
  await build({
    configFile: 'web/vite.config.ts',
    mode: name,
    logLevel: 'error',
    build: { outDir, emptyOutDir: true },
  });
  built.set(name, await readFile(path, 'utf8'));
  return path;
}

/** What a page did since it was last looked at. */
export interface Watched {
  /** Warnings, errors and dialogs. */
  readonly complaints: string[];
  readonly requests: string[];
  /** Expect no complaint and no call to a network, and forget what was. */
  expectQuiet(): void;
}

/** Listen to a page. */
export function watch(page: Page): Watched {
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => requests.push(request.url()));
  return {
    complaints,
    requests,
    expectQuiet() {
      expect(complaints.splice(0)).toEqual([]);
      for (const url of requests.splice(0)) expect(url).toMatch(/^(file|data|blob|about):/);
    },
  };
}
