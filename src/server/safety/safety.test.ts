// Who is let in, and with how much.
import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { bodyReader } from './body.ts';
import { withDeadline } from './deadline.ts';
import { guard } from './guard.ts';
import { ANY_NUMBER } from './origin.ts';
import { Refusal } from './refusal.ts';

const site = (options: Parameters<typeof guard>[1] = {}): Hono => {
  const app = new Hono();
  app.use(guard('<script type="module">1</script>', options));
  app.all('*', (c) => c.text('inside'));
  app.onError((error, c) => c.text(error.message, (error as Refusal).status));
  return app;
};
const statusOf = async (
  app: Hono,
  headers: Record<string, string>,
  path = '/data/catalogue.json',
  method = 'GET',
): Promise<number> => (await app.request(path, { headers, method })).status;

describe('where a request comes from', () => {
  it.each([
    ['localhost', 200],
    ['localhost:7238', 200],
    ['127.0.0.1:1', 200],
    ['[::1]:7238', 200],
    ['LOCALHOST', 200],
    ['evil.example', 403],
    ['evil.example:7238', 403],
    ['127.0.0.1.evil.example', 403],
    ['localhost.evil.example', 403],
    ['evil@localhost', 403],
    ['localhost#', 403],
    ['localhost/..', 403],
    ['192.168.1.4:7238', 403],
    ['0.0.0.0', 403],
    ['', 403],
    ['localhost:99999', 403],
  ])('answers the host %j with %i', async (host, status) => {
    expect(await statusOf(site(), { host })).toBe(status);
  });

  it('answers names that were listed, and any number where others may come', async () => {
    const open = site({ hosts: ['gpu.lab', ANY_NUMBER] });
    expect(await statusOf(open, { host: 'gpu.lab:7238' })).toBe(200);
    expect(await statusOf(open, { host: '192.168.1.4:7238' })).toBe(200);
    expect(await statusOf(open, { host: '[fe80::1]:7238' })).toBe(200);
    expect(await statusOf(open, { host: 'evil.example' })).toBe(403);
  });

  it.each([
    [{ origin: 'http://localhost:7238' }, 200],
    [{ origin: 'https://localhost:7238' }, 200],
    [{ origin: 'http://localhost:3000' }, 403],
    [{ origin: 'https://evil.example' }, 403],
    [{ origin: 'null' }, 403],
    [{ origin: 'file://' }, 403],
    [{ 'sec-fetch-site': 'same-origin' }, 200],
    [{ 'sec-fetch-site': 'none' }, 200],
    [{ 'sec-fetch-site': 'same-site' }, 403],
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ 'sec-fetch-site': 'nonsense' }, 403],
  ])('answers %j with %i', async (headers, status) => {
    expect(await statusOf(site(), { host: 'localhost:7238', ...headers })).toBe(status);
  });

  it('follows links from elsewhere to the page, and nowhere else', async () => {
    const link = {
      host: 'localhost:7238',
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
    };
    expect(await statusOf(site(), link, '/')).toBe(200);
    expect(await statusOf(site(), link, '/data/catalogue.json')).toBe(403);
    expect(await statusOf(site(), link, '/', 'POST')).toBe(403);
    expect(await statusOf(site(), { ...link, 'sec-fetch-dest': 'iframe' }, '/')).toBe(403);
  });
});

describe('a token', () => {
  const token = 'open-sesame-open';
  const app = site({ token });

  it('is exchanged for a cookie that no script reads, and leaves the address', async () => {
    const entry = await app.request(`http://localhost:7238/?token=${token}`);
    expect([entry.status, entry.headers.get('location')]).toEqual([303, '/']);
    const cookie = entry.headers.get('set-cookie')!;
    expect(cookie).toMatch(/^saev-7238=[\w-]+; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(cookie).not.toContain(token);
    const given = cookie.split(';', 1)[0]!;
    const ask = (headers: Record<string, string>) =>
      app.request('http://localhost:7238/data/x', { headers });
    expect((await ask({ cookie: `other=1; ${given}` })).status).toBe(200);
    expect((await ask({ authorization: `Bearer ${token}` })).status).toBe(200);
    expect((await ask({ cookie: `saev-7238=${token}` })).status).toBe(401);
    expect((await ask({ cookie: given.slice(0, -1) })).status).toBe(401);
    expect((await ask({ authorization: `Basic ${token}` })).status).toBe(401);
    expect((await ask({})).status).toBe(401);
  });

  it('is asked for in words', async () => {
    for (const path of ['/', '/?token=', '/?token=wrong', `/x?token=${token}`]) {
      const answer = await app.request(path);
      expect(answer.status).toBe(401);
      expect(await answer.text()).toContain('asks for its token');
      expect(answer.headers.get('set-cookie')).toBeNull();
    }
  });
});

describe('a body', () => {
  const request = (body: string | ReadableStream, headers: Record<string, string> = {}): Request =>
    new Request('http://localhost/', {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers },
      duplex: 'half',
    } as RequestInit);
  const endless = (): ReadableStream<Uint8Array> =>
    new ReadableStream({ pull: (c) => c.enqueue(new Uint8Array(1000).fill(0x20)) });

  it('is read when it is JSON of a fair size', async () => {
    const bodies = bodyReader();
    expect(await bodies.json(request('{"a":1}'), 10)).toEqual({ a: 1 });
    const typed = request('[]', { 'content-type': 'Application/JSON; charset=utf-8' });
    expect(await bodies.json(typed, 10)).toEqual([]);
  });

  it.each([
    [() => request('a=1', { 'content-type': 'application/x-www-form-urlencoded' }), 415],
    [() => request('{}', { 'content-type': 'text/plain' }), 415],
    [() => request('{}', { 'content-encoding': 'gzip' }), 415],
    [() => request(`"${'a'.repeat(100)}"`), 413],
    [() => request(endless()), 413],
    [() => request('{}', { 'content-length': '99999' }), 413],
  ])('is refused otherwise (%#)', async (make, status) => {
    await expect(bodyReader().json(make(), 99)).rejects.toMatchObject({ status });
  });

  it('is refused when it is no JSON', async () => {
    for (const body of ['', '{', 'undefined', '\u0000', '{}{}'])
      await expect(bodyReader().json(request(body), 99)).rejects.toThrow(/is not JSON/);
  });

  it('takes memory together with others, and gives it back', async () => {
    const bodies = bodyReader(5000);
    await expect(bodies.json(request(endless()), 10_000)).rejects.toMatchObject({ status: 503 });
    expect(await bodies.json(request('1'), 10_000)).toBe(1);
  });
});

it('gives work up when its time is over, whether it listens or not', async () => {
  const never = new AbortController().signal;
  const limit = { seconds: 0.005, signal: never, flag: '--max-seconds' };
  await expect(withDeadline(() => new Promise(() => undefined), limit)).rejects.toMatchObject({
    status: 503,
    message: expect.stringContaining('given up after'),
  });
  expect(await withDeadline(async () => 1, limit)).toBe(1);
  expect(new Refusal(404, 'x')).toBeInstanceOf(Error);
});
