// saev serve: the workbench at an address of this machine.
import type { AddressInfo } from 'node:net';
import { errorCode, UserError } from '../base/errors.ts';
import { createApp } from './app.ts';
import type { ServeConfig } from './config.ts';
import { openWorkbench } from './open-workbench.ts';

/** Ports that are tried one after the other. */
const MOST_PORTS = 20;

/** A workbench that listens. */
export interface Serving {
  /** Its address, for a browser. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Open a workbench over folders and listen.
 * @throws {UserError} for folders that are not there, and an address that cannot be listened on.
 */
export async function serve({
  folders,
  host,
  port,
}: Pick<ServeConfig, 'folders' | 'host' | 'port'>): Promise<Serving> {
  const workbench = await openWorkbench(folders);
  const app = await createApp(workbench);
  const { createAdaptorServer } = await import('@hono/node-server');
  for (let tried = port; ; tried++) {
    const server = createAdaptorServer({ fetch: app.fetch });
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject).listen(tried, host, resolve);
      });
    } catch (error) {
      const isTaken = errorCode(error) === 'EADDRINUSE';
      if (isTaken && port > 0 && tried < Math.min(port + MOST_PORTS, 65535)) continue;
      await workbench.close();
      throw new UserError(`cannot listen on ${host}:${tried} (${errorCode(error)})`, {
        hint: 'choose another with --port or --host',
        cause: error,
      });
    }
    const { port: at } = server.address() as AddressInfo;
    return {
      url: `http://${host.includes(':') ? `[${host}]` : host}:${at}/`,
      async close() {
        const closed = new Promise((resolve) => server.close(resolve));
        if ('closeAllConnections' in server) server.closeAllConnections();
        await workbench.close();
        await closed;
      },
    };
  }
}
