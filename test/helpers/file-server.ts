// A server of files on this machine, which keeps to HTTP, or not.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A file and how it is served. */
export interface Served {
  readonly content: Uint8Array;
  readonly etag?: string;
  readonly lastModified?: string;
  /** Serve parts. @default true */
  readonly ranges?: boolean;
  /** Cut the connection after so many bytes of the body. */
  readonly cutAfter?: number;
  /** Length that is announced; null: none. */
  readonly length?: number | null;
  readonly status?: number;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds between two pieces. */
  readonly slow?: number;
}

export interface FileServer {
  /** Address of its folder, with a last slash. */
  readonly url: string;
  /** What is asked for, and with which range. */
  readonly requests: { readonly path: string; readonly range: string | undefined }[];
  /** The files by name; a list is served one for each request, the last one again. */
  readonly files: Record<string, Served | readonly Served[]>;
  close(): Promise<void>;
}

/** Start serving files; close it when done. */
export async function startFileServer(
  files: Record<string, Served | readonly Served[]> = {},
): Promise<FileServer> {
  const requests: FileServer['requests'] = [];
  const counts = new Map<string, number>();
  const server = createServer((request, response) => {
    const path = decodeURIComponent((request.url ?? '/').split('?')[0]!.slice(1));
    requests.push({ path, range: request.headers.range });
    const held = files[path];
    if (held === undefined) {
      response.writeHead(404).end('nothing here');
      return;
    }
    const list: readonly Served[] = Array.isArray(held) ? held : [held as Served];
    const count = counts.get(path) ?? 0;
    counts.set(path, count + 1);
    void answer(list[Math.min(count, list.length - 1)]!, request, response);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    requests,
    files,
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

async function answer(
  file: Served,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { content, etag, lastModified, ranges = true } = file;
  const [, from] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? [];
  const still = request.headers['if-range'];
  const isStill = still === undefined || still === etag || still === lastModified;
  const start = ranges && from !== undefined && isStill ? Number(from) : 0;
  const size = content.byteLength;
  const headers: Record<string, string> = {
    'Content-Type': file.type ?? 'application/octet-stream',
    ...(etag !== undefined && { ETag: etag }),
    ...(lastModified !== undefined && { 'Last-Modified': lastModified }),
    ...file.headers,
  };
  if (start > 0 && start >= size) {
    response.writeHead(416, { 'Content-Range': `bytes */${size}` }).end();
    return;
  }
  if (start > 0) headers['Content-Range'] = `bytes ${start}-${size - 1}/${size}`;
  const length = file.length === undefined ? size - start : file.length;
  if (length !== null) headers['Content-Length'] = String(length);
  response.writeHead(file.status ?? (start > 0 ? 206 : 200), headers);
  const body = content.subarray(start, length === null ? size : start + length);
  const end = file.cutAfter === undefined ? body.byteLength : file.cutAfter;
  const step = file.slow === undefined ? Math.max(1, end) : 2 ** 14;
  for (let at = 0; at < end; at += step) {
    response.write(body.subarray(at, Math.min(end, at + step)));
    if (file.slow !== undefined) await new Promise((done) => setTimeout(done, file.slow));
  }
  // Whoever announces more than there is can only break off.
  if (end < body.byteLength || (length !== null && length > body.byteLength))
    setTimeout(() => request.socket.end(), 30);
  else response.end();
}
