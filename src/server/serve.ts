// saev serve: the workbench at an address.
import { hostname, networkInterfaces } from 'node:os';
import { createApp } from './app.ts';
import type { ServeConfig } from './config.ts';
import { listen } from './listen.ts';
import { openWorkbench } from './open-workbench.ts';
import { isLoopback } from './safety/loopback.ts';
import { ANY_NUMBER } from './safety/origin.ts';
import { makeToken } from './safety/token.ts';

/** Milliseconds that models have to close in. */
const CLOSING_MS = 1500;

/** A workbench that listens. */
export interface Serving {
  /** Its address, for a browser, with the token where one is needed. */
  readonly url: string;
  readonly port: number;
  /** What visitors must know; absent where only this machine can ask. */
  readonly token?: string;
  /** End at once. Nothing that is written is left in half: files take their place whole. */
  close(): Promise<void>;
}

/** How a workbench is served. */
export interface ServeOptions extends ServeConfig {
  /** The built page without data; that of this package by default. */
  readonly template?: string;
}

/**
 * Open a workbench over folders and listen.
 * @throws {UserError} for folders that are not there, and an address that cannot be listened on.
 */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { folders, host, port, hosts, template, ...limits } = options;
  const isPrivate = isLoopback(host);
  const token = options.token ?? (isPrivate ? undefined : makeToken());
  const workbench = await openWorkbench(folders, limits);
  try {
    const own = isPrivate ? [] : [hostname(), `${hostname()}.local`, host, ANY_NUMBER];
    const app = await createApp(workbench, {
      hosts: [...hosts, ...own].map((name) => name.toLowerCase()),
      ...(token !== undefined && { token }),
      ...(template !== undefined && { template }),
    });
    const { maxConnections, maxSeconds } = limits;
    // An action says nothing until it is done.
    const silence = (maxSeconds + 10) * 1000;
    const listening = await listen(app, { host, port, maxConnections, silence });
    // Whoever opens the page next does not wait for it.
    workbench.catalogue().catch(() => undefined);
    const address = `http://${addressOf(host)}:${listening.port}/`;
    return {
      url: token === undefined ? address : `${address}?token=${token}`,
      port: listening.port,
      ...(token !== undefined && { token }),
      async close() {
        await listening.close();
        await within(workbench.close(), CLOSING_MS);
      },
    };
  } catch (error) {
    await workbench.close();
    throw error;
  }
}

/** The name of a host in an address; where it stands for all of a machine's, one that others can reach. */
function addressOf(host: string): string {
  const isAny = host === '0.0.0.0' || host === '::';
  const outside = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal);
  const shown = isAny ? (outside?.address ?? 'localhost') : host;
  return shown.includes(':') ? `[${shown}]` : shown;
}

function within(promise: Promise<void>, ms: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
