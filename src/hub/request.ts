// One HTTP request to the hub: token for the hub's own hosts only, time limits, further tries when it fails for a while.
import { setTimeout as sleep } from 'node:timers/promises';
import { logger } from '../base/log.ts';
import { HubError, unreachable } from './failures.ts';
import type { HubSettings } from './settings.ts';

const log = logger('hub');

interface HubRequest {
  readonly method?: 'GET' | 'HEAD';
  readonly headers?: Readonly<Record<string, string>>;
  /** Return a redirect that leaves the hub for a content server, in place of following it. */
  readonly stayOnHub?: boolean;
  /** Fail at the first refused connection or 5xx: when there is something to fall back on. */
  readonly once?: boolean;
  readonly signal?: AbortSignal;
}

const MAX_REDIRECTS = 10;
const PASSING_STATUS = new Set([408, 429, 500, 502, 503, 504]);

/**
 * Send a request and return the answer, whatever its status, with its body unread.
 * @throws {HubError} of kind `unreachable` when no try got through; the signal's reason when aborted.
 */
export async function hubRequest(
  settings: HubSettings,
  url: string,
  request: HubRequest = {},
): Promise<Response> {
  const attempts = request.once ? 1 : settings.attempts;
  for (let attempt = 1; ; attempt++) {
    request.signal?.throwIfAborted();
    let failure: unknown;
    let wait = retryDelay(settings, attempt);
    try {
      const response = await followRedirects(settings, url, request);
      if (!PASSING_STATUS.has(response.status)) return response;
      failure = new Error(`status ${response.status} ${response.statusText}`);
      wait = retryAfter(response) ?? wait;
      await response.body?.cancel();
    } catch (error) {
      request.signal?.throwIfAborted();
      if (error instanceof HubError) throw error;
      failure = error;
    }
    if (attempt >= attempts) throw unreachable(settings, failure);
    log.warn(`{url} failed (try ${attempt} of ${attempts}): {failure}`, { url, failure });
    await pause(wait, request.signal);
  }
}

/** Milliseconds to wait after the given failed try: doubling, at most 8 s. */
export function retryDelay(settings: HubSettings, attempt: number): number {
  return Math.min(settings.retryDelay * 2 ** (attempt - 1), 8000);
}

/** Sleep, or throw the signal's reason as soon as it is aborted. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
  signal?.throwIfAborted();
}

/** The token goes to the hub alone, never to the content servers it redirects to. */
function isHubHost(settings: HubSettings, url: string): boolean {
  const { host, protocol } = new URL(url);
  if (host === new URL(settings.endpoint).host) return true;
  return protocol === 'https:' && (host === 'huggingface.co' || host === 'hf.co');
}

async function followRedirects(
  settings: HubSettings,
  start: string,
  request: HubRequest,
): Promise<Response> {
  let url = start;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const response = await send(settings, url, request);
    const target = response.headers.get('Location');
    if (![301, 302, 303, 307, 308].includes(response.status) || target === null) return response;
    const next = new URL(target, url).href;
    if (request.stayOnHub && !isHubHost(settings, next)) return response;
    await response.body?.cancel();
    url = next;
  }
  throw new HubError('answer', `hub redirects without end: '${start}'`);
}

async function send(settings: HubSettings, url: string, request: HubRequest): Promise<Response> {
  const { method = 'GET', headers, signal } = request;
  const authorization =
    settings.token !== undefined && isHubHost(settings, url)
      ? { Authorization: `Bearer ${settings.token}` }
      : undefined;
  const late = new AbortController();
  const timer = setTimeout(
    () => late.abort(new Error(`no answer within ${settings.answerTimeout / 1000} s`)),
    settings.answerTimeout,
  );
  try {
    return await fetch(url, {
      method,
      // Sizes and offsets must be those of the file itself, not of a compressed body.
      headers: {
        'Accept-Encoding': 'identity',
        'User-Agent': 'saev',
        ...headers,
        ...authorization,
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
