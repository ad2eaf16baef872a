// The workbench over folders, at an address of this machine, with a page that was built for the test.
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { createApp } from '../../../src/server/app.ts';
import { openWorkbench } from '../../../src/server/open-workbench.ts';

/** A workbench that listens. */
export interface ServedPage {
  /** Its address, with a `/` at the end. */
  readonly url: string;
  close(): Promise<void>;
}

/** Serve folders on a free port. */
export async function servePage(folders: readonly string[], template: string): Promise<ServedPage> {
  const workbench = await openWorkbench(folders);
  const app = await createApp(workbench, { template });
  const server = createAdaptorServer({ fetch: app.fetch });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      if ('closeAllConnections' in server) server.closeAllConnections();
      await workbench.close();
      await closed;
    },
  };
}
