// A fetch that leaves bodies as they were sent. Node's own unpacks what a server calls compressed, as some call every .tgz:
// then neither length nor hash are those of the file, and nothing can be resumed.
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { Readable } from 'node:stream';
import type { Fetch } from './request.ts';

/** Statuses whose answers have no body. */
const EMPTY = new Set([204, 205, 304]);

/** Send a request; the body of its answer comes as it is, however it is encoded. */
export const rawFetch: Fetch = (url, { method, headers, signal }) =>
  new Promise((resolve, reject) => {
    const send = new URL(url).protocol === 'https:' ? requestHttps : requestHttp;
    const sent = send(url, { method, headers, signal }, (answer) => {
      const { statusCode: status = 500, statusMessage: statusText = '' } = answer;
      const pairs = Object.entries(answer.headers).flatMap(([name, value]) =>
        [value ?? []].flat().map((one): [string, string] => [name, one]),
      );
      if (EMPTY.has(status)) answer.resume();
      const body = EMPTY.has(status) ? null : (Readable.toWeb(answer) as ReadableStream);
      resolve(new Response(body, { status, statusText, headers: pairs }));
    });
    sent.on('error', reject);
    sent.end();
  });
