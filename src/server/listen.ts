// A server that listens, and that no slow or idle client holds up.
import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Hono } from 'hono';
import { errorCode, UserError } from '../base/errors.ts';
import { isLoopback } from './safety/loopback.ts';

/** Ports that are tried one after the other. */
const MOST_PORTS = 20;

/** Milliseconds in which something must have happened. */
export interface Patience {
  /** In which the head of a request must have come, and the whole of it. */
  readonly head: number;
  readonly whole: number;
  /** After which a connection that asks nothing ends. */
  readonly idle: number;
}

const USUAL_PATIENCE: Patience = { head: 10_000, whole: 120_000, idle: 5000 };

/** Bytes of the largest head. */
const HEAD_BYTES = 16_384;

/** How a server listens. */
export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  readonly maxConnections: number;
  /** Milliseconds in which nothing was sent or taken, after which a connection ends. */
  readonly silence: number;
  readonly patience?: Patience;
}

/** A server that listens. */
export interface Listening {
  readonly port: number;
  /** End at once: open connections are cut. */
  close(): Promise<void>;
}

/**
 * Listen, on the next free port where the one that was asked for is taken.
 * @throws {UserError} for an address that cannot be listened on.
 */
export async function listen(app: Hono, options: ListenOptions): Promise<Listening> {
  const { createAdaptorServer } = await import('@hono/node-server');
  const { host, port, patience = USUAL_PATIENCE } = options;
  for (let tried = port; ; tried++) {
    const server = createAdaptorServer({
      fetch: app.fetch,
      serverOptions: {
        headersTimeout: patience.head,
        requestTimeout: patience.whole,
        keepAliveTimeout: patience.idle,
        connectionsCheckingInterval: Math.ceil(patience.head / 5),
        maxHeaderSize: HEAD_BYTES,
      },
    }) as Server;
    server.setTimeout(options.silence);
    limitConnections(server, options.maxConnections);
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject).listen(tried, host, resolve);
      });
    } catch (error) {
      const isTaken = errorCode(error) === 'EADDRINUSE';
      if (isTaken && port > 0 && tried < Math.min(port + MOST_PORTS, 65535)) continue;
      throw refusal(error, host, tried);
    }
    const { port: at } = server.address() as AddressInfo;
    return {
      port: at,
      async close() {
        const closed = new Promise((resolve) => server.close(resolve));
        server.closeAllConnections();
        await closed;
      },
    };
  }
}

const FULL = 'too many connections: try again in a moment';

/** What is sent to those who come when there are too many. */
const FULL_ANSWER = [
  'HTTP/1.1 503 Service Unavailable',
  'Content-Type: application/json',
  'Retry-After: 5',
  'Connection: close',
  '',
  JSON.stringify({ error: FULL }),
].join('\r\n');

/** Turn those away who come when there are `most`; one address from elsewhere may have half of them. */
function limitConnections(server: Server, most: number): void {
  const open = new Map<string, number>();
  let all = 0;
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? '';
    const own = open.get(address) ?? 0;
    all++;
    open.set(address, own + 1);
    socket.once('close', () => {
      all--;
      const left = (open.get(address) ?? 1) - 1;
      if (left === 0) open.delete(address);
      else open.set(address, left);
    });
    const mostHere = isLoopback(address) ? most : Math.ceil(most / 2);
    if (all <= most && own < mostHere) return;
    // Far above the limit not even this is said.
    if (all > 2 * most) socket.destroy();
    else socket.end(FULL_ANSWER, () => socket.destroy());
  });
}

function refusal(error: unknown, host: string, port: number): UserError {
  const code = errorCode(error);
  const said: Record<string, [message: string, hint: string]> = {
    EADDRINUSE: [
      `port ${port} is taken`,
      'choose another with --port, or any free one with --port 0',
    ],
    EACCES: [
      `port ${port} may not be opened`,
      'ports below 1024 belong to the administrator: choose another with --port',
    ],
    EADDRNOTAVAIL: [
      `'${host}' is no address of this machine`,
      'leave --host out, or 0.0.0.0 for all addresses',
    ],
    ENOTFOUND: [`unknown host: '${host}'`, 'leave --host out, or give an address of this machine'],
    EAI_AGAIN: [`unknown host: '${host}'`, 'leave --host out, or give an address of this machine'],
  };
  const [message, hint] = said[code ?? ''] ?? [
    `cannot listen on ${host}:${port} (${code})`,
    'choose another with --port or --host',
  ];
  return new UserError(message, { hint, cause: error });
}
