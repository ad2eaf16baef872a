// A HuggingFace hub on this machine, for tests: real HTTP, the hub's addresses, headers, redirects and errors.
//
// It serves a folder: `models/org/name/…` and `datasets/org/name/…` are the main branch; `models/org/name@tag/…` is the
// revision `tag`. Large files are redirected to a second server, which stands for the content network.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** One request as the servers saw it. */
export interface SeenRequest {
  readonly server: 'hub' | 'cdn';
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly status: number;
  /** Bytes of body sent. */
  readonly bytes: number;
}

/** What is to go wrong with the requests whose address matches. */
export interface Fault {
  readonly on: RegExp;
  readonly server?: 'hub' | 'cdn';
  readonly method?: string;
  /** How many requests it hits; all of them when undefined. */
  times?: number;
  /** Answer with this status (and headers) in place of the content. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Cut the connection after so many bytes of body; 0: before the answer. */
  readonly cutAfter?: number;
  /** Flip a bit of the first byte sent. */
  readonly corrupt?: boolean;
  /** Send everything with status 200 although a range was asked for. */
  readonly ignoreRange?: boolean;
  /** Wait so many milliseconds before answering. */
  readonly delay?: number;
  /** Wait so many milliseconds between two pieces of the body. */
  readonly slow?: number;
}

export interface TreeEntry {
  readonly type: 'file' | 'directory';
  readonly oid: string;
  readonly size: number;
  readonly path: string;
  readonly lfs?: { readonly oid: string; readonly size: number; readonly pointerSize: number };
}

export interface HubServerOptions {
  /** Files of this size on are kept on the content server. */
  readonly largeFrom?: number;
  /** Entries on a page of a listing. */
  readonly pageSize?: number;
  /** Repositories (`org/name`) that need this token. */
  readonly gated?: Readonly<Record<string, string>>;
  /** Change what a listing says. */
  readonly tree?: (entries: TreeEntry[]) => TreeEntry[];
}

export interface HubServer {
  readonly url: string;
  readonly requests: SeenRequest[];
  readonly faults: Fault[];
  /** Make all content addresses given so far invalid, as time does. */
  expireAddresses(): void;
  close(): Promise<void>;
}

interface HeldFile {
  readonly path: string;
  readonly local: string;
  readonly size: number;
  readonly sha1: string;
  readonly sha256: string;
}

/** Start serving `root`; close it when done. */
export async function startHubServer(
  root: string,
  options: HubServerOptions = {},
): Promise<HubServer> {
  const { largeFrom = 10_000, pageSize = 1000, gated = {}, tree = (entries) => entries } = options;
  const requests: SeenRequest[] = [];
  const faults: Fault[] = [];
  let era = 0;
  let hubUrl = '';
  let cdnUrl = '';

  const hub = createServer((request, response) => serve('hub', request, response, answerHub));
  const cdn = createServer((request, response) => serve('cdn', request, response, answerCdn));

  async function serve(
    server: 'hub' | 'cdn',
    request: IncomingMessage,
    response: ServerResponse,
    answer: (reply: Reply, request: IncomingMessage, url: URL) => Promise<void>,
  ): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://any');
    const fault = faults.find(
      ({ on, times, ...f }) =>
        on.test(request.url ?? '') &&
        times !== 0 &&
        (f.server === undefined || f.server === server) &&
        (f.method === undefined || f.method === request.method),
    );
    if (fault?.times !== undefined) fault.times--;
    const reply = new Reply(request, response, fault);
    requests.push({
      server,
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      get status() {
        return response.statusCode;
      },
      get bytes() {
        return reply.sent;
      },
    });
    if (fault?.delay) await new Promise((resolve) => setTimeout(resolve, fault.delay));
    if (fault?.cutAfter === 0) {
      request.socket.destroy();
    } else if (fault?.status !== undefined) {
      reply.text(fault.status, fault.body ?? 'injected', fault.headers);
    } else {
      await answer(reply, request, url);
    }
  }

  async function answerHub(reply: Reply, request: IncomingMessage, url: URL): Promise<void> {
    const path = decodeURIComponent(url.pathname);
    const cached = /^\/api\/resolve-cache\/(models|datasets)\/(.+?)\/([0-9a-f]{40})\/(.+)$/.exec(
      path,
    );
    const api = /^\/api\/(models|datasets)\/([^/]+\/[^/]+|[^/]+)(?:\/(revision|tree)\/(.+))?$/;
    const [, apiType, apiName, verb = 'revision', apiRevision = 'main'] = api.exec(path) ?? [];
    const file = /^\/(datasets\/)?([^/]+\/[^/]+|[^/]+)\/resolve\/([^/]+)\/(.+)$/.exec(path);

    const type = cached?.[1] ?? apiType ?? (file?.[1] ? 'datasets' : 'models');
    const name = cached?.[2] ?? apiName ?? file?.[2];
    if (name === undefined) return reply.text(404, 'not a page of the hub');
    const token = request.headers.authorization?.replace('Bearer ', '');
    const revisions = await revisionsOf(join(root, type), name);
    if (revisions.size === 0) {
      const status = token === undefined ? 401 : 404;
      return reply.error(status, 'RepoNotFound', 'Repository not found');
    }
    if (gated[name] !== undefined && gated[name] !== token && verb !== 'info') {
      const message = `Access to ${type.slice(0, -1)} ${name} is restricted.`;
      return reply.error(token === undefined ? 401 : 403, 'GatedRepo', message);
    }

    const wanted = cached?.[3] ?? file?.[3] ?? apiRevision;
    const [commit, files] =
      revisions.get(wanted) ?? [...revisions.values()].find(([id]) => id === wanted) ?? [];
    if (commit === undefined || files === undefined)
      return reply.error(404, 'RevisionNotFound', `Invalid rev id: ${wanted}`);
    if (file === null && cached === null) {
      if (verb === 'tree') return sendTree(reply, request, url, treeOf(files));
      return reply.json({
        _id: '6'.repeat(24),
        id: name,
        sha: commit,
        private: false,
        gated: gated[name] !== undefined,
        downloads: 1,
        likes: 0,
        lastModified: '2024-01-01T00:00:00.000Z',
        siblings: files.map((held) => ({ rfilename: held.path })),
      });
    }

    const wantedPath = cached?.[4] ?? file![4]!;
    const held = files.find((entry) => entry.path === wantedPath);
    const common = { 'X-Repo-Commit': commit, 'Accept-Ranges': 'bytes' };
    if (held === undefined) return reply.error(404, 'EntryNotFound', 'Entry not found', common);
    if (isLarge(held)) {
      return reply.text(302, 'Found', {
        ...common,
        Location: `${cdnUrl}/${type}/${name}/${wantedPath}?commit=${commit}&era=${era}`,
        'X-Linked-Size': String(held.size),
        'X-Linked-ETag': `"${held.sha256}"`,
      });
    }
    if (cached === null) {
      return reply.text(307, 'Temporary Redirect', {
        ...common,
        Location: `/api/resolve-cache/${type}/${name}/${commit}/${file![4]}?etag=%22${held.sha1}%22`,
        'X-Linked-Size': String(held.size),
        'X-Linked-ETag': `"${held.sha1}"`,
      });
    }
    await reply.file(held, { ...common, ETag: `"${held.sha1}"` });
  }

  async function answerCdn(reply: Reply, request: IncomingMessage, url: URL): Promise<void> {
    if (request.headers.authorization !== undefined)
      return reply.text(400, 'only one auth mechanism allowed');
    if (url.searchParams.get('era') !== String(era)) return reply.text(403, 'Request has expired');
    const [, type, name, path] = /^\/(models|datasets)\/([^/]+\/[^/]+)\/(.+)$/.exec(
      decodeURIComponent(url.pathname),
    )!;
    for (const [commit, files] of (await revisionsOf(join(root, type!), name!)).values()) {
      const held = files.find((file) => file.path === path);
      if (commit === url.searchParams.get('commit') && held !== undefined)
        return reply.file(held, { ETag: `"${held.sha1.slice(0, 32)}"` });
    }
    reply.text(404, 'no such object');
  }

  function sendTree(reply: Reply, request: IncomingMessage, url: URL, entries: TreeEntry[]): void {
    const start = Number(url.searchParams.get('cursor') ?? 0);
    const next = new URL(request.url!, hubUrl);
    next.searchParams.set('cursor', String(start + pageSize));
    const more = start + pageSize < entries.length;
    reply.json(
      entries.slice(start, start + pageSize),
      more ? { Link: `<${next.href}>; rel="next"` } : {},
    );
  }

  function treeOf(files: readonly HeldFile[]): TreeEntry[] {
    const folders = new Set<string>();
    for (const { path } of files) {
      const parts = path.split('/').slice(0, -1);
      parts.forEach((_, i) => {
        folders.add(parts.slice(0, i + 1).join('/'));
      });
    }
    return tree([
      ...[...folders].map((path) => ({
        type: 'directory' as const,
        oid: createHash('sha1').update(path).digest('hex'),
        size: 0,
        path,
      })),
      ...files.map((file) => ({
        type: 'file' as const,
        oid: file.sha1,
        size: file.size,
        path: file.path,
        ...(isLarge(file) && { lfs: { oid: file.sha256, size: file.size, pointerSize: 134 } }),
      })),
    ]);
  }

  const isLarge = (file: HeldFile): boolean => file.size >= largeFrom;

  cdnUrl = await listen(cdn);
  hubUrl = await listen(hub);
  return {
    url: hubUrl,
    requests,
    faults,
    expireAddresses() {
      era++;
    },
    async close() {
      for (const server of [hub, cdn]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}

/** One answer, bent by a fault. */
class Reply {
  sent = 0;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #fault: Fault | undefined;

  constructor(request: IncomingMessage, response: ServerResponse, fault: Fault | undefined) {
    this.#request = request;
    this.#response = response;
    this.#fault = fault;
  }

  text(status: number, body: string, headers: Readonly<Record<string, string>> = {}): void {
    const bytes = Buffer.from(body);
    this.#response.writeHead(status, {
      'Content-Type': 'text/plain',
      'Content-Length': String(bytes.byteLength),
      ...headers,
    });
    this.#end(bytes);
  }

  json(value: unknown, headers: Readonly<Record<string, string>> = {}): void {
    this.text(200, JSON.stringify(value), {
      'Content-Type': 'application/json; charset=utf-8',
      ...headers,
    });
  }

  error(
    status: number,
    code: string,
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ): void {
    this.text(status, JSON.stringify({ error: message }), {
      'Content-Type': 'application/json; charset=utf-8',
      'X-Error-Code': code,
      'X-Error-Message': message,
      ...headers,
    });
  }

  async file(held: HeldFile, headers: Readonly<Record<string, string>>): Promise<void> {
    const { size } = held;
    const asked = this.#fault?.ignoreRange ? undefined : this.#request.headers.range;
    const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(asked ?? '') ?? [];
    const start = Number(first ?? 0);
    const end = last ? Math.min(Number(last), size - 1) : size - 1;
    if (first !== undefined && start >= size) {
      this.#response.writeHead(416, { 'Content-Range': `bytes */${size}`, 'Content-Length': '0' });
      this.#response.end();
      return;
    }
    this.#response.writeHead(first === undefined ? 200 : 206, {
      'Content-Type': 'application/octet-stream',
      'Content-Length': String(end - start + 1),
      ...(first !== undefined && { 'Content-Range': `bytes ${start}-${end}/${size}` }),
      ...headers,
    });
    if (this.#request.method === 'HEAD' || size === 0) {
      this.#response.end();
      return;
    }
    for await (const piece of createReadStream(held.local, { start, end, highWaterMark: 16_384 })) {
      if (this.#fault?.corrupt && this.sent === 0) piece[0] ^= 1;
      const left = (this.#fault?.cutAfter ?? Number.POSITIVE_INFINITY) - this.sent;
      const part = left < piece.length ? piece.subarray(0, left) : piece;
      if (this.#response.destroyed) return;
      this.sent += part.length;
      await new Promise((resolve) => this.#response.write(part, resolve));
      if (part.length < piece.length || left === piece.length) {
        this.#request.socket.destroy();
        return;
      }
      if (this.#fault?.slow) await new Promise((resolve) => setTimeout(resolve, this.#fault!.slow));
    }
    this.#response.end();
  }

  #end(bytes: Buffer): void {
    if (this.#request.method !== 'HEAD') {
      this.sent += bytes.byteLength;
      this.#response.end(bytes);
    } else this.#response.end();
  }
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Revision → commit and files, for a repository that lies in folders `name` and `name@revision`. */
async function revisionsOf(
  root: string,
  name: string,
): Promise<Map<string, [commit: string, files: HeldFile[]]>> {
  const [org, base] = name.includes('/') ? (name.split('/') as [string, string]) : ['', name];
  const folders = await readdir(join(root, org)).catch(() => []);
  const revisions = new Map<string, [string, HeldFile[]]>();
  for (const folder of folders) {
    // `@refs%2Fconvert%2Fparquet` is the revision of that name.
    const [stem, revision = 'main'] = folder.split('@').map(decodeURIComponent);
    if (stem !== base) continue;
    const files = await filesOf(join(root, org, folder));
    const commit = createHash('sha1')
      .update(name + files.map((file) => `${file.path} ${file.sha256}`).join('\n'))
      .digest('hex');
    revisions.set(revision, [commit, files]);
  }
  return revisions;
}

async function filesOf(folder: string): Promise<HeldFile[]> {
  const files: HeldFile[] = [];
  for (const entry of (await readdir(folder, { recursive: true })).sort()) {
    const local = join(folder, entry);
    const stats = await stat(local);
    if (stats.isFile())
      files.push({ path: entry, local, ...(await hashesOf(local, stats.mtimeMs)) });
  }
  return files;
}

type Hashes = Pick<HeldFile, 'size' | 'sha1' | 'sha256'>;
const hashed = new Map<string, Hashes>();

async function hashesOf(local: string, changed: number): Promise<Hashes> {
  const key = `${local} ${changed}`;
  let hashes = hashed.get(key);
  if (hashes === undefined) {
    const bytes = await readFile(local);
    hashes = {
      size: bytes.byteLength,
      sha1: createHash('sha1').update(`blob ${bytes.byteLength}\0`).update(bytes).digest('hex'),
      sha256: createHash('sha256').update(bytes).digest('hex'),
    };
    hashed.set(key, hashes);
  }
  return hashes;
}
