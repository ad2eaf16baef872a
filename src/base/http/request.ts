// One HTTP request: time limits, redirects, and further tries while a server fails for a while.
import { UserError } from '../errors.ts';
import { logger } from '../log.ts';
import { type Patience, pause, retryDelay } from './patience.ts';

const log = logger('http');

/** Gives the answer of one request, whatever its status; the global `fetch` fits. */
export type Fetch = (
  url: string,
  init: {
    readonly method: 'GET' | 'HEAD';
    readonly headers: Record<string, string>;
    readonly redirect: 'manual';
    readonly signal: AbortSignal;
  },
) => Promise<Response>;

/** What is asked of a server, and how. */
export interface HttpRequest {
  readonly patience: Patience;
  readonly method?: 'GET' | 'HEAD' | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Headers for one host alone, asked for anew after each redirect. */
  readonly headersFor?: (url: string) => Readonly<Record<string, string>> | undefined;
  /** Whether to follow a redirect to this address; else the redirect is the answer. */
  readonly follows?: (url: string) => boolean;
  /** Fail at the first refused connection or 5xx: when there is something to fall back on. */
  readonly once?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** @default the global fetch */
  readonly fetch?: Fetch;
  /** The error for a request that got no answer, or only answers like 503. */
  readonly unreachable: (cause: unknown) => Error;
}

const MAX_REDIRECTS = 10;
const PASSING_STATUS = new Set([408, 429, 500, 502, 503, 504]);

/**
 * Send a request and return the answer, whatever its status, with its body unread.
 *
 * @throws what `unreachable` makes when no try got through; the signal's reason when aborted.
 */
export async function sendRequest(url: string, request: HttpRequest): Promise<Response> {
  const { patience, signal } = request;
  const attempts = request.once ? 1 : patience.attempts;
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    let failure: unknown;
    let wait = retryDelay(patience, attempt);
    try {
      const response = await followRedirects(url, request);
      if (!PASSING_STATUS.has(response.status)) return response;
      failure = new Error(`status ${response.status} ${response.statusText}`.trim());
      wait = retryAfter(response) ?? wait;
      await response.body?.cancel();
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof UserError) throw error;
      failure = error;
    }
    if (attempt >= attempts) throw request.unreachable(failure);
    log.warn(`{url} failed (try ${attempt} of ${attempts}): {failure}`, { url, failure });
    await pause(wait, signal);
  }
}

/** What to add to the hint for a server that is not reached, where proxies are set and Node does not follow them. */
export function proxyHint(): string {
  const proxied = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'].some(
    (name) => process.env[name],
  );
  return proxied && !process.env.NODE_USE_ENV_PROXY
    ? '; Node follows HTTPS_PROXY only with NODE_USE_ENV_PROXY=1, from version 24 on'
    : '';
}

async function followRedirects(start: string, request: HttpRequest): Promise<Response> {
  let url = start;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const response = await send(url, request);
    const target = response.headers.get('Location');
    if (![301, 302, 303, 307, 308].includes(response.status) || target === null) return response;
    const next = new URL(target, url).href;
    if (request.follows?.(next) === false) return response;
    await response.body?.cancel();
    url = next;
  }
  throw new UserError(`server redirects without end: '${start}'`);
}

async function send(url: string, request: HttpRequest): Promise<Response> {
  const { method = 'GET', headers, headersFor, signal, patience } = request;
  const late = new AbortController();
  const timer = setTimeout(
    () => late.abort(new Error(`no answer within ${patience.answerTimeout / 1000} s`)),
    patience.answerTimeout,
  );
  try {
    return await (request.fetch ?? fetch)(url, {
      method,
      // Sizes and offsets must be those of the file itself, not of a compressed body.
      headers: {
        'Accept-Encoding': 'identity',
        'User-Agent': 'saev',
        ...headers,
        ...headersFor?.(url),
      },
      redirect: 'manual',
      signal: signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]),
    });
  } finally {
    clearTimeout(timer);
  }
}

function retryAfter(response: Response): number | undefined {
  const seconds = Number(response.headers.get('Retry-After') ?? Number.NaN);
  return seconds >= 0 && seconds <= 60 ? seconds * 1000 : undefined;
}
