// Whatever is sent, something with a meaning is answered, and nobody else waits for it.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HttpBindings } from '@hono/node-server';
import fc from 'fast-check';
import { Hono } from 'hono';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from './app.ts';
import { type Listening, type ListenOptions, listen } from './listen.ts';
import { openWorkbench } from './open-workbench.ts';
import { fillPath } from './routes/data-path.ts';
import { ACT_ROUTES, DATA_ROUTES } from './routes/routes.ts';
import type { Workbench } from './workbench.ts';

let folder: string;
let workbench: Workbench;
let app: Hono;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saev-hostile-'));
  const template = join(folder, 'page.html');
  await writeFile(template, '<script type="module">1</script><!--saev-data-->');
  await mkdir(join(folder, 'open/run'), { recursive: true });
  await writeFile(join(folder, 'open/run/run.json'), '{');
  await mkdir(join(folder, 'open/circuit'), { recursive: true });
  await writeFile(join(folder, 'open/circuit/graph.json'), '[]');
  await mkdir(join(folder, 'open/page'), { recursive: true });
  await writeFile(join(folder, 'open/page/features.safetensors'), 'x');
  await writeFile(join(folder, 'open/page/index.html'), '<script>');
  workbench = await openWorkbench([join(folder, 'open')]);
  app = await createApp(workbench, { template });
});

afterAll(async () => {
  await workbench.close();
  await rm(folder, { recursive: true });
});

/** Check an answer: a refusal has a sentence, nothing is a bug. */
async function expectSense(response: Response): Promise<void> {
  // Events do not end by themselves.
  if (response.headers.get('content-type') === 'text/event-stream') return response.body?.cancel();
  const text = await response.text();
  expect([response.status, text]).not.toEqual([500, text]);
  // Nobody need know where the opened folders lie.
  if (response.status >= 400) expect(text).not.toContain(folder);
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
  if (response.status >= 400 && text !== '')
    expect(JSON.parse(text)).toEqual({ error: expect.stringMatching(/\S+ \S+/) });
}

const post = (name: string, body: string): Promise<Response> =>
  Promise.resolve(
    app.request(`/act/${name}`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    }),
  );

/** Names that have hurt others, and ids that are in the catalogue, of damaged things. */
const names = fc.constantFrom(
  ...['', '.', '..', '../..', '/etc/passwd', '%00', '%2e%2e', '%E0%A4%A', '\\..\\', 'a\0b', '*'],
  ...['__proto__', 'constructor', 'open~run', 'open~circuit', 'open~page', '-1', '1e9', 'NaN'],
  ...['0', '99999999999999999999', '<img src=x>', '=2E=2E', '~', 'a'.repeat(5000)],
);

describe('what may be sent', () => {
  it('is answered with sense, whatever the method, the path and the headers', async () => {
    const pieces = fc.oneof(
      names,
      fc.string({ maxLength: 12 }),
      fc.constantFrom('data', 'act', 'events', 'catalogue.json', 'features', 'runs', 'index.json'),
    );
    const header = fc.tuple(
      fc.constantFrom(
        'accept',
        'accept-encoding',
        'if-none-match',
        'cookie',
        'range',
        'x-saev-visitor',
      ),
      fc.string({ unit: 'grapheme-ascii', maxLength: 60 }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'QUERY'),
        fc.array(pieces, { maxLength: 6 }),
        fc.array(header, { maxLength: 4 }),
        fc.string({ maxLength: 40 }),
        async (method, parts, headers, body) => {
          const hasBody = method !== 'GET' && method !== 'HEAD';
          const address = new URL(`http://localhost/${parts.join('/').replaceAll('\0', '%00')}`);
          const request = new Request(address, {
            method,
            ...(hasBody && { body }),
            headers: [
              ['content-type', 'application/json'],
              ...headers.map(([n, v]) => [n, v.trim()]),
            ] as [string, string][],
          });
          await expectSense(await app.request(request));
        },
      ),
      { numRuns: 150 },
    );
  });

  it.each(DATA_ROUTES.map(({ path }) => path))('%s: no name leads astray', async (path) => {
    const places = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name!);
    await fc.assert(
      fc.asyncProperty(
        fc.array(names, { minLength: places.length, maxLength: places.length }),
        async (values) => {
          const filled = fillPath(
            path,
            Object.fromEntries(places.map((name, i) => [name, encodeURIComponent(values[i]!)])),
          );
          const address = /\.\w+$/.test(path) ? filled : `${filled}.json`;
          const response = await app.request(`/data/${address}`);
          const isThere = values.some((value) => value.startsWith('open~'));
          if (places.length > 0 && !isThere) expect(response.status).toBeGreaterThanOrEqual(400);
          await expectSense(response);
        },
      ),
      { numRuns: 40 },
    );
  });

  it.each(ACT_ROUTES.map(({ name }) => name as string))(
    '%s: refuses what is no question',
    async (name) => {
      for (const body of [
        '',
        'null',
        '[]',
        '{}',
        '"a"',
        '1e999',
        '{"__proto__":{"models":[1]}}',
        '{',
      ]) {
        const response = await post(name, body);
        expect([body, response.status]).toEqual([body, 400]);
        await expectSense(response);
      }
      await fc.assert(
        fc.asyncProperty(fc.json({ maxDepth: 4 }), async (body) => {
          await expectSense(await post(name, body));
        }),
        { numRuns: 60 },
      );
      const deep = await post(name, '['.repeat(200_000));
      await expectSense(deep);
      await expectSense(await post(name, `${'['.repeat(200_000)}${']'.repeat(200_000)}`));
      const large = await post(name, JSON.stringify('a'.repeat(40 * 2 ** 20)));
      expect(large.status).toBe(413);
      await expectSense(large);
    },
  );
});

describe('a server', () => {
  let open: Listening | undefined;
  const sockets: Socket[] = [];

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await open?.close();
    open = undefined;
  });

  const begin = async (site: Hono, options: Partial<ListenOptions> = {}): Promise<Listening> => {
    const listening = await listen(site, {
      host: '127.0.0.1',
      port: 0,
      maxConnections: 8,
      silence: 60_000,
      ...options,
    });
    open = listening;
    return listening;
  };
  /** Send bytes, and collect what comes back until the other side ends. */
  const send = (
    { port }: Listening,
    ...parts: string[]
  ): { socket: Socket; answer: Promise<string> } => {
    const socket = connect(port, '127.0.0.1');
    sockets.push(socket);
    for (const part of parts) socket.write(part);
    let text = '';
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
    });
    socket.on('error', () => undefined);
    return { socket, answer: new Promise((resolve) => socket.on('close', () => resolve(text))) };
  };
  const head = 'Host: localhost\r\n';
  /** A good request is answered; on a busy machine its head may come too late for the little patience of a test. */
  const works = ({ port }: Listening): Promise<void> =>
    expect
      .poll(async () => {
        const response = await fetch(`http://127.0.0.1:${port}/data/catalogue.json`);
        await response.text();
        return response.status;
      })
      .toBe(200);

  it.each([
    // On a busy machine its time may be over before a byte of it is read: then there is nothing to answer.
    ['a head that does not end', 'GET / HTTP/1.1\r\nHost: loc', /^(HTTP\/1.1 408|$)/],
    ['nothing', '', /^(HTTP\/1.1 408|$)/],
    [
      'a body that does not come',
      `POST /act/ask HTTP/1.1\r\n${head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"mod`,
      /^HTTP\/1.1 408|^$/,
    ],
    [
      'a head that is too large',
      `GET / HTTP/1.1\r\n${head}X: ${'a'.repeat(40_000)}\r\n\r\n`,
      /^HTTP\/1.1 431/,
    ],
    ['no HTTP', '\x16\x03\x01\x02\x00\x01\x00\x01', /^HTTP\/1.1 400/],
    ['no host', 'GET / HTTP/1.1\r\n\r\n', /^HTTP\/1.1 400/],
    ['no host in an old request', 'GET / HTTP/1.0\r\n\r\n', /^HTTP\/1.1 400/],
    [
      'an address elsewhere',
      `GET http://evil.example/ HTTP/1.1\r\n${head}Connection: close\r\n\r\n`,
      /^HTTP\/1.1 40[03]/,
    ],
    [
      'another host',
      'GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n',
      /^HTTP\/1.1 403/,
    ],
    ['a tunnel', `CONNECT evil.example:443 HTTP/1.1\r\n${head}\r\n`, /^$/],
    [
      'an upgrade',
      `GET /data/x HTTP/1.1\r\n${head}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
      /^HTTP\/1.1 404/,
    ],
    [
      'two lengths',
      `POST /act/ask HTTP/1.1\r\n${head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      /^HTTP\/1.1 400/,
    ],
    [
      'bytes that are no text in the path',
      `GET /data/\xff\xfe.json HTTP/1.1\r\n${head}Connection: close\r\n\r\n`,
      /^HTTP\/1.1 40[04]/,
    ],
  ])('ends %s, and goes on', async (_, bytes, expected) => {
    const patience = { head: 40, whole: 80, idle: 40 };
    const listening = await begin(app, { patience, silence: 300 });
    const { answer } = send(listening, bytes);
    expect(await answer).toMatch(expected);
    await works(listening);
  });

  it('answers requests that were sent together in their order', async () => {
    const listening = await begin(app);
    const ask = (path: string, end = ''): string => `GET ${path} HTTP/1.1\r\n${head}${end}\r\n`;
    const { answer } = send(
      listening,
      ask('/data/catalogue.json') + ask('/data/x.json') + ask('/', 'Connection: close\r\n'),
    );
    expect((await answer).match(/HTTP\/1.1 \d+/g)).toEqual([
      'HTTP/1.1 200',
      'HTTP/1.1 404',
      'HTTP/1.1 200',
    ]);
  });

  it('tells those who come when there are too many, and lets them in later', async () => {
    const listening = await begin(app, { maxConnections: 4 });
    const idle = Array.from({ length: 4 }, () => send(listening, 'GET / HT'));
    await Promise.all(
      idle.map(({ socket }) => new Promise((done) => socket.once('connect', done))),
    );
    const late = send(listening);
    expect(await late.answer).toMatch(/^HTTP\/1.1 503[\s\S]*too many connections/);
    for (const { socket } of idle) socket.destroy();
    await Promise.all(idle.map(({ answer }) => answer));
    await expect
      .poll(() =>
        works(listening).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
  });

  it('keeps nobody waiting for one who does not read, and cuts that one off', async () => {
    let cut = (): void => undefined;
    const wasCut = new Promise<void>((resolve) => {
      cut = resolve;
    });
    const large = new Hono().get('/data/catalogue.json', (c) => c.json({}));
    large.get('/large', (c) => {
      (c.env as unknown as HttpBindings).outgoing.once('close', () => cut());
      return c.body(new Uint8Array(2 ** 25));
    });
    const listening = await begin(large, { silence: 200 });
    const { socket } = send(listening, `GET /large HTTP/1.1\r\n${head}\r\n`);
    socket.pause();
    const answers = (): Promise<boolean> =>
      works(listening).then(
        () => true,
        () => false,
      );
    await expect.poll(answers).toBe(true);
    await wasCut;
  });

  it('ends at once, whatever is open', async () => {
    const waiting = new Hono().get('/', () => new Promise<Response>(() => undefined));
    // Whoever waited until the connection has been silent for so long would not end within the time of a test.
    const listening = await begin(waiting, { silence: 3_600_000 });
    const { answer } = send(listening, `GET / HTTP/1.1\r\n${head}\r\n`);
    await expect.poll(() => sockets[0]!.readyState).toBe('open');
    await listening.close();
    open = undefined;
    expect(await answer).toBe('');
  });

  it('takes the next port where one is taken, and says what it cannot open', async () => {
    const first = await begin(app);
    const second = await listen(app, {
      host: '127.0.0.1',
      port: first.port,
      maxConnections: 8,
      silence: 1000,
    });
    expect(second.port).toBeGreaterThan(first.port);
    await second.close();
    const refused = listen(app, { host: '203.0.113.7', port: 0, maxConnections: 8, silence: 1000 });
    await expect(refused).rejects.toThrow("'203.0.113.7' is no address of this machine");
  });
});
