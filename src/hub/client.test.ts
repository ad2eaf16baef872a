import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { noise, startTestHub, type TestHub } from '../../test/helpers/hub-repos.ts';
import { UserError } from '../base/errors.ts';
import type { HubRepo } from './cache/cache-paths.ts';
import { listHubFiles, resolveFirstHubFile, resolveHubFile, resolveHubFiles } from './client.ts';

const WEIGHTS = noise(300_000);
const repo: HubRepo = { type: 'model', name: 'org/net' };
let hub: TestHub;

beforeEach(async () => {
  hub = await startTestHub();
  await hub.repo('models/org/net', {
    'config.json': '{"a":1}',
    'model.safetensors': WEIGHTS,
    'deep/er/notes.txt': 'hello',
  });
});
afterEach(() => hub.close());

/** The UserError that a promise is rejected with. */
async function mistake(promise: Promise<unknown>): Promise<UserError> {
  const error = await promise.then(
    () => new Error('no error came'),
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  return error;
}

async function blobs(): Promise<string[]> {
  return readdir(join(hub.cacheDir, 'models--org--net', 'blobs')).catch(() => []);
}

async function partialSize(): Promise<number> {
  const partial = (await blobs()).find((name) => name.endsWith('.saev.incomplete'));
  if (partial === undefined) return 0;
  return (await stat(join(hub.cacheDir, 'models--org--net', 'blobs', partial))).size;
}

/** Another process that downloads model.safetensors and prints its path. */
function start(): ChildProcess {
  const client = JSON.stringify(new URL('./client.ts', import.meta.url).href);
  const program = `
    const { resolveHubFile } = await import(${client});
    console.log(await resolveHubFile({ type: 'model', name: 'org/net' }, 'model.safetensors'));`;
  const env = { ...process.env, HF_ENDPOINT: hub.server.url, HF_HUB_CACHE: hub.cacheDir };
  const args = ['--import', 'tsx', '--input-type=module', '-e', program];
  return spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
}

const gets = (): number =>
  hub.server.requests.filter((r) => r.method === 'GET' && r.server === 'cdn').length;

describe('a download', () => {
  test('gives the bytes, in the layout of huggingface_hub', async () => {
    const path = await resolveHubFile(repo, 'model.safetensors', { settings: hub.settings() });
    expect(Buffer.compare(await readFile(path), WEIGHTS)).toBe(0);
    const folder = join(hub.cacheDir, 'models--org--net');
    const commit = await readFile(join(folder, 'refs', 'main'), 'utf8');
    expect(commit).toMatch(/^[0-9a-f]{40}$/);
    expect(path).toBe(join(folder, 'snapshots', commit, 'model.safetensors'));
    const sha256 = createHash('sha256').update(WEIGHTS).digest('hex');
    expect(await readlink(path)).toBe(join('..', '..', 'blobs', sha256));
    expect(await blobs()).toEqual([sha256]);
  });

  test('of small files and of files in folders works over the hub alone', async () => {
    const settings = hub.settings();
    const config = await resolveHubFile(repo, 'config.json', { settings });
    const notes = await resolveHubFile(repo, 'deep/er/notes.txt', { settings });
    expect(await readFile(config, 'utf8')).toBe('{"a":1}');
    expect(await readFile(notes, 'utf8')).toBe('hello');
    expect(await readlink(notes)).toMatch(/^\.\.\/\.\.\/\.\.\/\.\.\/blobs\/[0-9a-f]{40}$/);
    expect(hub.server.requests.filter((r) => r.server === 'cdn')).toHaveLength(0);
  });

  test('happens once: the next call of the process asks for nothing', async () => {
    const settings = hub.settings();
    await resolveHubFile(repo, 'model.safetensors', { settings });
    const before = hub.server.requests.length;
    await resolveHubFile(repo, 'model.safetensors', { settings });
    expect(hub.server.requests.length - before).toBe(0);
  });

  test('takes other revisions and datasets', async () => {
    await hub.repo('models/org/net@2024-03-06', { 'config.json': 'old' });
    await hub.repo('datasets/org/net', { 'config.json': 'data' });
    const settings = hub.settings();
    const old = await resolveHubFile({ ...repo, revision: '2024-03-06' }, 'config.json', {
      settings,
    });
    const data = await resolveHubFile({ type: 'dataset', name: 'org/net' }, 'config.json', {
      settings,
    });
    expect(await readFile(old, 'utf8')).toBe('old');
    expect(await readFile(data, 'utf8')).toBe('data');
    expect(data).toContain('datasets--org--net');
  });

  test('by commit needs no question about the commit', async () => {
    const first = await resolveHubFile(repo, 'config.json', { settings: hub.settings() });
    const revision = first.split('/').at(-2);
    hub.server.requests.length = 0;
    await resolveHubFile({ ...repo, revision }, 'model.safetensors', { settings: hub.settings() });
    expect(hub.server.requests.some((r) => r.url.startsWith('/api/models'))).toBe(false);
  });

  test('copies where links are not wanted', async () => {
    const settings = hub.settings({ copies: true });
    const path = await resolveHubFile(repo, 'config.json', { settings });
    expect((await lstat(path)).isFile()).toBe(true);
    expect(await readFile(path, 'utf8')).toBe('{"a":1}');
  });

  test('mends a link whose blob was deleted', async () => {
    const settings = hub.settings();
    const path = await resolveHubFile(repo, 'config.json', { settings });
    await rm(join(dirname(path), await readlink(path)));
    expect(await resolveHubFile(repo, 'config.json', { settings })).toBe(path);
    expect(await readFile(path, 'utf8')).toBe('{"a":1}');
  });

  test('sends the token to the hub and never to the content server', async () => {
    await resolveHubFile(repo, 'model.safetensors', {
      settings: hub.settings({ token: 'hf_secret' }),
    });
    for (const { server, headers } of hub.server.requests) {
      expect(headers.authorization).toBe(server === 'hub' ? 'Bearer hf_secret' : undefined);
    }
    expect(gets()).toBe(1);
  });

  test('of an empty file works', async () => {
    await hub.repo('models/org/net', { 'empty.txt': '' });
    const path = await resolveHubFile(repo, 'empty.txt', { settings: hub.settings() });
    expect((await stat(path)).size).toBe(0);
  });
});

describe('faults', () => {
  test('errors 500 and dropped connections are tried again', async () => {
    hub.server.faults.push(
      { on: /revision/, status: 503, times: 2 },
      { on: /safetensors/, server: 'hub', method: 'HEAD', cutAfter: 0, times: 1 },
      { on: /safetensors/, server: 'cdn', status: 500, times: 3 },
    );
    const path = await resolveHubFile(repo, 'model.safetensors', { settings: hub.settings() });
    expect((await stat(path)).size).toBe(WEIGHTS.length);
  });

  test('a body that breaks off is continued with a range', async () => {
    hub.server.faults.push({ on: /safetensors/, server: 'cdn', cutAfter: 100_000, times: 2 });
    const path = await resolveHubFile(repo, 'model.safetensors', { settings: hub.settings() });
    expect(Buffer.compare(await readFile(path), WEIGHTS)).toBe(0);
    const asked = hub.server.requests.filter((r) => r.server === 'cdn').map((r) => r.headers.range);
    expect(asked).toHaveLength(3);
    expect(asked[0]).toBeUndefined();
    expect(asked[1]).toMatch(/^bytes=[1-9]\d*-$/);
  });

  test('a server that ignores the range makes the download start anew, right', async () => {
    hub.server.faults.push(
      { on: /safetensors/, server: 'cdn', cutAfter: 100_000, times: 1 },
      { on: /safetensors/, server: 'cdn', ignoreRange: true },
    );
    const path = await resolveHubFile(repo, 'model.safetensors', { settings: hub.settings() });
    expect(Buffer.compare(await readFile(path), WEIGHTS)).toBe(0);
  });

  test('a server that always breaks off and ignores ranges ends the tries', async () => {
    hub.server.faults.push({
      on: /safetensors/,
      server: 'cdn',
      cutAfter: 50_000,
      ignoreRange: true,
    });
    const error = await mistake(
      resolveHubFile(repo, 'model.safetensors', { settings: hub.settings({ attempts: 3 }) }),
    );
    expect(error.message).toContain('hub unreachable');
    expect(gets()).toBeLessThanOrEqual(5);
  });

  test('a stalled body is given up and continued', async () => {
    hub.server.faults.push({ on: /safetensors/, server: 'cdn', slow: 500, times: 1 });
    const path = await resolveHubFile(repo, 'model.safetensors', {
      settings: hub.settings({ stallTimeout: 100 }),
    });
    expect(Buffer.compare(await readFile(path), WEIGHTS)).toBe(0);
    // On a busy machine the next one, too, may be silent for so long.
    const asked = hub.server.requests.filter((r) => r.server === 'cdn').map((r) => r.headers.range);
    expect(asked[0]).toBeUndefined();
    expect(asked[1]).toMatch(/^bytes=[1-9]\d*-$/);
  });

  test('a hub that does not answer is given up', async () => {
    hub.server.faults.push({ on: /revision/, delay: 1000 });
    const error = await mistake(
      resolveHubFile(repo, 'config.json', {
        settings: hub.settings({ answerTimeout: 50, attempts: 2 }),
      }),
    );
    expect(error.message).toMatch(/hub unreachable.*no answer within 0.05 s/);
    expect(error.hint).toContain('HF_HUB_OFFLINE');
  });

  test('a wrong hash is refused and nothing stays', async () => {
    hub.server.faults.push({ on: /safetensors/, server: 'cdn', corrupt: true });
    const error = await mistake(
      resolveHubFile(repo, 'model.safetensors', { settings: hub.settings() }),
    );
    expect(error.message).toMatch(/wrong content of 'model.safetensors'.*hash [0-9a-f]{64}/);
    expect(await blobs()).toEqual([]);
    hub.server.faults.length = 0;
    const path = await resolveHubFile(repo, 'model.safetensors', { settings: hub.settings() });
    expect((await stat(path)).size).toBe(WEIGHTS.length);
  });

  test("a wrong hash of a small file is found through git's sha1", async () => {
    hub.server.faults.push({ on: /resolve-cache/, method: 'GET', corrupt: true });
    const error = await mistake(resolveHubFile(repo, 'config.json', { settings: hub.settings() }));
    expect(error.message).toContain('wrong content');
  });

  test('old bytes that do not belong to the file are found and replaced', async () => {
    const sha256 = createHash('sha256').update(WEIGHTS).digest('hex');
    const folder = join(hub.cacheDir, 'models--org--net', 'blobs');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, `${sha256}.saev.incomplete`), noise(100_000, 9));
    const path = await resolveHubFile(repo, 'model.safetensors', { settings: hub.settings() });
    expect(Buffer.compare(await readFile(path), WEIGHTS)).toBe(0);
    expect(await blobs()).toEqual([sha256]);
  });

  test('a body longer than announced is cut off and refused', async () => {
    hub.server.faults.push({
      on: /safetensors/,
      server: 'hub',
      method: 'HEAD',
      status: 200,
      headers: { ETag: '"abc"', 'X-Linked-Size': '1000' },
    });
    const error = await mistake(
      resolveHubFile(repo, 'model.safetensors', { settings: hub.settings({ attempts: 2 }) }),
    );
    expect(error.message).toContain('more than the 1000 bytes announced');
  });

  test('a size beyond the free disk space is refused before anything is fetched', async () => {
    hub.server.faults.push({
      on: /safetensors/,
      server: 'hub',
      method: 'HEAD',
      status: 302,
      headers: {
        ETag: '"abc"',
        Location: 'http://127.0.0.1:9/x',
        'X-Linked-Size': '4503599627370496',
      },
    });
    const error = await mistake(
      resolveHubFile(repo, 'model.safetensors', { settings: hub.settings() }),
    );
    expect(error.message).toMatch(/cannot write .*: 4503.6 TB needed, [\d.]+ [kMGT]B free/);
    expect(gets()).toBe(0);
  });

  test.each(['-5', '1e30', 'NaN', '99999999999999999999'])(
    'a size of %s is refused',
    async (size) => {
      hub.server.faults.push({
        on: /safetensors/,
        method: 'HEAD',
        status: 200,
        headers: { ETag: '"abc"', 'X-Linked-Size': size },
      });
      const error = await mistake(
        resolveHubFile(repo, 'model.safetensors', { settings: hub.settings() }),
      );
      expect(error.message).toContain('invalid answer');
    },
  );

  test('a page in place of the API is named', async () => {
    hub.server.faults.push({ on: /revision/, status: 200, body: '<html>please log in</html>' });
    const error = await mistake(resolveHubFile(repo, 'config.json', { settings: hub.settings() }));
    expect(error.message).toMatch(/invalid answer from .* not JSON/);
  });

  test('a hostile etag cannot leave the cache', async () => {
    hub.server.faults.push({
      on: /config\.json/,
      method: 'HEAD',
      status: 200,
      headers: { ETag: '"../../../../evil"', 'X-Linked-Size': '7' },
    });
    const path = await resolveHubFile(repo, 'config.json', { settings: hub.settings() });
    expect(await readFile(path, 'utf8')).toBe('{"a":1}');
    expect(await readlink(path)).toMatch(/^\.\.\/\.\.\/blobs\/[0-9a-f]{64}$/);
  });

  test.skipIf(process.platform !== 'linux')(
    'a full disk is told, and nothing is renamed',
    async () => {
      const sha256 = createHash('sha256').update(WEIGHTS).digest('hex');
      const folder = join(hub.cacheDir, 'models--org--net', 'blobs');
      await mkdir(folder, { recursive: true });
      await symlink('/dev/full', join(folder, `${sha256}.saev.incomplete`));
      const error = await mistake(
        resolveHubFile(repo, 'model.safetensors', { settings: hub.settings() }),
      );
      expect(error.message).toMatch(/cannot write .*: the disk is full/);
      expect(await blobs()).toEqual([`${sha256}.saev.incomplete`]);
    },
  );

  test('a cache that cannot be written is a mistake with its path', async () => {
    await mkdir(dirname(hub.cacheDir), { recursive: true });
    await writeFile(hub.cacheDir, 'a file in the way');
    const error = await mistake(resolveHubFile(repo, 'config.json', { settings: hub.settings() }));
    expect(error.message).toMatch(/cannot write .*hub/);
  });
});

describe('names', () => {
  const settings = (): ReturnType<TestHub['settings']> => hub.settings();

  test('an unknown repo', async () => {
    const error = await mistake(
      resolveHubFile({ type: 'model', name: 'org/none' }, 'x', { settings: settings() }),
    );
    expect(error.message).toBe("unknown hub repo 'org/none' (model)");
    expect(error.hint).toContain('HF_TOKEN');
  });

  test('an unknown revision', async () => {
    const error = await mistake(
      resolveHubFile({ ...repo, revision: 'v9' }, 'config.json', { settings: settings() }),
    );
    expect(error.message).toBe("unknown revision 'v9' of hub repo 'org/net'");
  });

  test('a missing file comes with the nearest names', async () => {
    const error = await mistake(resolveHubFile(repo, 'model.safetensor', { settings: settings() }));
    expect(error.message).toBe("missing file 'model.safetensor' in hub repo 'org/net'");
    expect(error.hint).toBe("did you mean 'model.safetensors'?");
    const far = await mistake(resolveHubFile(repo, 'pytorch_model.bin', { settings: settings() }));
    expect(far.hint).toBe('it has: config.json, deep/er/notes.txt, model.safetensors');
  });

  test('the first of several files', async () => {
    const path = await resolveFirstHubFile(repo, ['a.bin', 'config.json'], {
      settings: settings(),
    });
    expect(path).toMatch(/config\.json$/);
    const error = await mistake(
      resolveFirstHubFile(repo, ['a.bin', 'b.bin'], { settings: settings() }),
    );
    expect(error.message).toBe("missing in hub repo 'org/net': any of 'a.bin', 'b.bin'");
  });

  test('a gated repo, without and with a token', async () => {
    await hub.close();
    hub = await startTestHub({ gated: { 'org/net': 'hf_good' } });
    await hub.repo('models/org/net', { 'config.json': '{}' });
    const error = await mistake(resolveHubFile(repo, 'config.json', { settings: hub.settings() }));
    expect(error.message).toBe("no access to hub repo 'org/net': it is gated");
    expect(error.hint).toMatch(/accept its terms at .*org\/net.*HF_TOKEN/);
    const path = await resolveHubFile(repo, 'config.json', {
      settings: hub.settings({ token: 'hf_good' }),
    });
    expect(await readFile(path, 'utf8')).toBe('{}');
  });

  test('a token that the hub refuses', async () => {
    hub.server.faults.push({
      on: /revision/,
      status: 401,
      headers: { 'X-Error-Message': 'Invalid credentials in Authorization header' },
    });
    const error = await mistake(
      resolveHubFile(repo, 'config.json', { settings: hub.settings({ token: 'hf_bad' }) }),
    );
    expect(error.message).toContain('invalid HF_TOKEN');
  });

  test.each(['../x', 'org/../net', 'a/b/c', 'org--net', '', 'org/net.git', '.org/net', 'o rg/net'])(
    'a repo called %j is refused before any request',
    async (name) => {
      const error = await mistake(
        resolveHubFile({ type: 'model', name }, 'config.json', { settings: settings() }),
      );
      expect(error.message).toContain('invalid hub repo');
      expect(hub.server.requests).toHaveLength(0);
    },
  );

  test.each([
    '../config.json',
    '/etc/passwd',
    'a//b',
    'a/./b',
    'a/..',
    '',
    'C:x',
    'a\\..\\b',
    'a\0b',
  ])('a file called %j is refused before any request', async (path) => {
    const error = await mistake(resolveHubFile(repo, path, { settings: settings() }));
    expect(error.message).toContain('invalid file name');
    expect(hub.server.requests).toHaveLength(0);
  });

  test.each(['../../main', 'a b', '/main', 'a..b', 'x\0'])(
    'a revision called %j is refused before any request',
    async (revision) => {
      const error = await mistake(
        resolveHubFile({ ...repo, revision }, 'config.json', { settings: settings() }),
      );
      expect(error.message).toContain('invalid revision');
      expect(hub.server.requests).toHaveLength(0);
    },
  );
});

describe('other caches', () => {
  test('are read, and not written', async () => {
    await hub.repo('models/org/net', { 'a/config.json': 'config', 'a/weights.bin': 'weights' });
    const other = join(hub.cacheDir, '..', 'elsewhere');
    const repo = { type: 'model', name: 'org/net' } as const;
    const there = hub.settings({ cacheDir: other });
    const path = await resolveHubFile(repo, 'a/config.json', { settings: there });
    const settings = hub.settings({ alsoIn: [other] });
    expect(await resolveHubFile(repo, 'a/config.json', { settings })).toBe(path);
    const offline = { ...settings, offline: true };
    expect(await resolveHubFile(repo, 'a/config.json', { settings: offline })).toBe(path);
    expect(await listHubFiles(repo, { settings: offline })).toMatchObject([
      { path: 'a/config.json' },
    ]);
    // What belongs together comes from one of them.
    const names = ['a/config.json', 'a/weights.bin'];
    const together = await resolveHubFiles(repo, names, { settings });
    expect(new Set(together.map(dirname)).size).toBe(1);
    expect(together[0]!.startsWith(hub.cacheDir)).toBe(true);
  });
});

describe('without the hub', () => {
  test('HF_HUB_OFFLINE uses the cache and sends nothing', async () => {
    await resolveHubFile(repo, 'config.json', { settings: hub.settings() });
    hub.server.requests.length = 0;
    const offline = hub.settings({ offline: true });
    const path = await resolveHubFile(repo, 'config.json', { settings: offline });
    expect(await readFile(path, 'utf8')).toBe('{"a":1}');
    expect(await listHubFiles(repo, { settings: offline })).toMatchObject([
      { path: 'config.json', size: 7 },
    ]);
    expect(
      await resolveFirstHubFile(repo, ['model.safetensors', 'config.json'], { settings: offline }),
    ).toBe(path);
    const error = await mistake(resolveHubFile(repo, 'model.safetensors', { settings: offline }));
    expect(error.message).toMatch(/missing in the cache: 'model.safetensors' of 'org\/net'/);
    expect(error.hint).toContain('unset HF_HUB_OFFLINE');
    expect(hub.server.requests).toHaveLength(0);
  });

  test('an unreachable hub is replaced by the cache', async () => {
    await resolveHubFile(repo, 'config.json', { settings: hub.settings() });
    const away = hub.settings({ endpoint: 'http://127.0.0.1:9' });
    expect(
      await readFile(await resolveHubFile(repo, 'config.json', { settings: away })),
    ).toBeTruthy();
    const error = await mistake(resolveHubFile(repo, 'model.safetensors', { settings: away }));
    expect(error.message).toMatch(/hub unreachable: 'http:\/\/127.0.0.1:9' \(fetch failed/);
  });

  test('the first of several files is then the first in the cache', async () => {
    const path = await resolveHubFile(repo, 'config.json', { settings: hub.settings() });
    const away = hub.settings({ endpoint: 'http://127.0.0.1:9' });
    const first = ['model.safetensors', 'config.json'];
    expect(await resolveFirstHubFile(repo, first, { settings: away })).toBe(path);
    const error = await mistake(
      resolveFirstHubFile(repo, ['model.safetensors', 'other'], { settings: away }),
    );
    expect(error.message).toContain('hub unreachable');
    const offline = await mistake(
      resolveFirstHubFile(repo, ['a', 'b'], { settings: hub.settings({ offline: true }) }),
    );
    expect(offline.message).toContain("missing in the cache: 'a'");
  });

  test('a file fetched by commit is found by branch, once the branch was asked for', async () => {
    const commit = (await resolveHubFile(repo, 'config.json', { settings: hub.settings() }))
      .split('/')
      .at(-2);
    await rm(join(hub.cacheDir, 'models--org--net', 'refs'), { recursive: true });
    const offline = hub.settings({ offline: true });
    await mistake(resolveHubFile(repo, 'config.json', { settings: offline }));
    await resolveHubFile({ ...repo, revision: commit }, 'config.json', { settings: offline });
    await resolveHubFile(repo, 'config.json', { settings: hub.settings() });
    expect(await resolveHubFile(repo, 'config.json', { settings: offline })).toContain(commit);
  });

  test('an unreachable hub and an empty cache are told', async () => {
    const error = await mistake(
      resolveHubFile(repo, 'config.json', {
        settings: hub.settings({ endpoint: 'http://127.0.0.1:9' }),
      }),
    );
    expect(error.message).toContain('hub unreachable');
    expect(error.hint).toContain(hub.cacheDir);
  });

  test('a ref that is no commit is not followed', async () => {
    const refs = join(hub.cacheDir, 'models--org--net', 'refs');
    await mkdir(refs, { recursive: true });
    await writeFile(join(refs, 'main'), '../../../../etc');
    const error = await mistake(
      resolveHubFile(repo, 'passwd', { settings: hub.settings({ offline: true }) }),
    );
    expect(error.message).toContain('missing in the cache');
  });
});

describe('an interruption', () => {
  test('stops at once, keeps what came, and is continued', async () => {
    hub.server.faults.push({ on: /safetensors/, server: 'cdn', slow: 50 });
    const stop = new AbortController();
    const work = resolveHubFile(repo, 'model.safetensors', {
      settings: hub.settings(),
      signal: stop.signal,
    });
    while ((await partialSize()) === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    stop.abort(new Error('stopped by hand'));
    await expect(work).rejects.toThrow('stopped by hand');
    const [partial, ...others] = await blobs();
    expect(partial).toMatch(/\.saev\.incomplete$/);
    expect(others).toEqual([]);
    expect(await readdir(join(hub.cacheDir, '.locks', 'models--org--net'))).toEqual([]);
    const have = (await stat(join(hub.cacheDir, 'models--org--net', 'blobs', partial!))).size;
    expect(have).toBeGreaterThan(0);

    hub.server.faults.length = 0;
    hub.server.requests.length = 0;
    const path = await resolveHubFile(repo, 'model.safetensors', { settings: hub.settings() });
    expect(Buffer.compare(await readFile(path), WEIGHTS)).toBe(0);
    const cdn = hub.server.requests.filter((r) => r.server === 'cdn');
    expect(cdn.map((r) => r.headers.range)).toEqual([`bytes=${have}-`]);
    expect(cdn[0]!.bytes).toBe(WEIGHTS.length - have);
  });

  test('by a kill leaves nothing that stands in the way', async () => {
    hub.server.faults.push({ on: /safetensors/, server: 'cdn', slow: 50 });
    const child = start();
    while ((await partialSize()) === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    const locks = join(hub.cacheDir, '.locks', 'models--org--net');
    expect(await readdir(locks)).toHaveLength(1);
    const have = await partialSize();

    hub.server.faults.length = 0;
    hub.server.requests.length = 0;
    const path = await resolveHubFile(repo, 'model.safetensors', { settings: hub.settings() });
    expect(Buffer.compare(await readFile(path), WEIGHTS)).toBe(0);
    const cdn = hub.server.requests.filter((r) => r.server === 'cdn');
    expect(cdn.map((r) => r.headers.range)).toEqual([`bytes=${have}-`]);
    expect(await readdir(locks)).toEqual([]);
  });

  test('before the start sends nothing', async () => {
    const signal = AbortSignal.abort(new Error('no'));
    await expect(
      resolveHubFile(repo, 'config.json', { settings: hub.settings(), signal }),
    ).rejects.toThrow('no');
    expect(hub.server.requests).toHaveLength(0);
  });
});

describe('several at once', () => {
  test('two calls of one process fetch the bytes once', async () => {
    hub.server.faults.push({ on: /safetensors/, server: 'cdn', slow: 2 });
    const settings = hub.settings();
    const paths = await Promise.all([
      resolveHubFile(repo, 'model.safetensors', { settings }),
      resolveHubFile(repo, 'model.safetensors', { settings }),
    ]);
    expect(paths[0]).toBe(paths[1]);
    expect(gets()).toBe(1);
  });

  test('two processes fetch the bytes once', async () => {
    hub.server.faults.push({ on: /safetensors/, server: 'cdn', slow: 40 });
    const run = async (): Promise<string> => {
      const child = start();
      const output: Buffer[] = [];
      child.stdout!.on('data', (piece) => output.push(piece));
      await new Promise((resolve) => child.once('close', resolve));
      return Buffer.concat(output).toString().trim();
    };
    const [a, b] = await Promise.all([run(), run()]);
    expect(a).toBe(b);
    expect(Buffer.compare(await readFile(a), WEIGHTS)).toBe(0);
    expect(gets()).toBe(1);
  });

  test('the lock of a process that died is taken over', async () => {
    const sha256 = createHash('sha256').update(WEIGHTS).digest('hex');
    const lock = join(hub.cacheDir, '.locks', 'models--org--net', `${sha256}.saev.lock`);
    await mkdir(dirname(lock), { recursive: true });
    const { hostname } = await import('node:os');
    // Process numbers end far below this one.
    await writeFile(lock, JSON.stringify({ id: 'x', pid: 2 ** 30, host: hostname() }));
    const path = await resolveHubFile(repo, 'model.safetensors', { settings: hub.settings() });
    expect((await stat(path)).size).toBe(WEIGHTS.length);
    await expect(stat(lock)).rejects.toThrow('ENOENT');
  });
});

describe('a listing', () => {
  test('is put together from its pages and asked for once', async () => {
    await hub.close();
    hub = await startTestHub({ pageSize: 3 });
    const files = Object.fromEntries(
      Array.from({ length: 8 }, (_, i) => [`data/part-${i}.parquet`, `${i}`]),
    );
    await hub.repo('datasets/org/set', files);
    const set: HubRepo = { type: 'dataset', name: 'org/set' };
    const listed = await listHubFiles(set, { settings: hub.settings() });
    expect(listed.map((file) => file.path)).toEqual(Object.keys(files));
    expect(listed[0]).toMatchObject({ path: 'data/part-0.parquet', size: 1 });
    const trees = (): number => hub.server.requests.filter((r) => /tree/.test(r.url)).length;
    expect(trees()).toBe(3);
    await listHubFiles(set, { settings: hub.settings() });
    expect(trees()).toBe(3);
  });

  test.each(['../../.bashrc', '/etc/passwd', 'a/../../b', 'C:\\x', ''])(
    'with the path %j is refused',
    async (path) => {
      await hub.close();
      hub = await startTestHub({
        tree: (entries) => [...entries, { type: 'file', oid: '0', size: 1, path }],
      });
      await hub.repo('models/org/net', { 'a.txt': 'a' });
      const error = await mistake(listHubFiles(repo, { settings: hub.settings() }));
      expect(error.message).toContain('invalid file name in a hub repo');
    },
  );

  test.each([-1, 2 ** 60, 0.5, '7'])('with the size %j is refused', async (size) => {
    await hub.close();
    hub = await startTestHub({
      tree: () => [{ type: 'file', oid: '0', size: size as number, path: 'a' }],
    });
    await hub.repo('models/org/net', { 'a.txt': 'a' });
    const error = await mistake(listHubFiles(repo, { settings: hub.settings() }));
    expect(error.message).toContain('invalid answer');
  });

  test('does not follow a link in the cache out of the snapshot', async () => {
    const path = await resolveHubFile(repo, 'config.json', { settings: hub.settings() });
    await symlink('/does/not/exist', join(dirname(path), 'dangling'));
    const files = await listHubFiles(repo, { settings: hub.settings({ offline: true }) });
    expect(files.map((file) => file.path)).toEqual(['config.json']);
  });
});
