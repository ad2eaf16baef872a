// What stands before every route: who may ask, and what the browser may do with the answers.
import type { Context, MiddlewareHandler } from 'hono';
import { checkOrigin } from './origin.ts';
import { contentPolicy } from './policy.ts';
import { Refusal } from './refusal.ts';
import { TOKEN_WANTED, type TokenGate, tokenGate } from './token.ts';

/** Whom an application admits. */
export interface GuardOptions {
  /** Names under which it is reached besides those of this machine for itself. */
  readonly hosts?: readonly string[];
  /** What visitors must have; nothing when left out. */
  readonly token?: string;
}

/** Of everything but the page: it shows nothing and loads nothing, opened by itself. */
const DATA_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox";

/** Make the guard of a page. */
export function guard(page: string, { hosts = [], token }: GuardOptions = {}): MiddlewareHandler {
  const policy = contentPolicy(page);
  const gate = token === undefined ? undefined : tokenGate(token);
  return async (c, next) => {
    const isPage = c.req.path === '/';
    for (const [name, value] of HEADERS) c.header(name, value);
    c.header('Content-Security-Policy', isPage ? policy : DATA_POLICY);
    const url = new URL(c.req.url);
    checkOrigin({ method: c.req.method, url, header: (name) => c.req.header(name) }, hosts);
    if (gate !== undefined) {
      const entered = enter(c, gate, url);
      if (entered !== undefined) return entered;
    }
    await next();
    return undefined;
  };
}

const HEADERS = [
  ['X-Content-Type-Options', 'nosniff'],
  ['X-Frame-Options', 'DENY'],
  ['Referrer-Policy', 'no-referrer'],
  ['Cross-Origin-Opener-Policy', 'same-origin'],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
] as const;

/** Exchange the token in the address for a cookie, so that it stays out of the address; refuse those who have none. */
function enter(c: Context, gate: TokenGate, url: URL): Response | undefined {
  const given = url.searchParams.get('token');
  if (c.req.path === '/' && c.req.method === 'GET' && given !== null) {
    const cookie = gate.cookieFor(given, url.port);
    if (cookie !== undefined) {
      c.header('Set-Cookie', cookie);
      c.header('Cache-Control', 'no-store');
      return c.redirect('/', 303);
    }
  }
  if (gate.admits((name) => c.req.header(name), url.port)) return undefined;
  if (c.req.path !== '/') throw new Refusal(401, TOKEN_WANTED);
  return c.text(`${TOKEN_WANTED}\n`, 401);
}
