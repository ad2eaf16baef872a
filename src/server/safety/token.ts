// A token that visitors from elsewhere must have: in the address once, then in a cookie that no script reads.
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** Make a token that nobody guesses. */
export function makeToken(): string {
  return randomBytes(24).toString('base64url');
}

/** What is asked of a visitor who has no token. */
export const TOKEN_WANTED =
  'this workbench asks for its token; open the whole address that saev serve printed';

/** A check of tokens. */
export interface TokenGate {
  /** Whether a request may pass, by its headers. */
  admits(header: (name: string) => string | undefined, port: string): boolean;
  /** The `Set-Cookie` for one who came with `given` in the address; undefined where it is wrong. */
  cookieFor(given: string, port: string): string | undefined;
}

/** Make the check for a token. Comparing takes the same time wherever texts differ. */
export function tokenGate(token: string): TokenGate {
  // The cookie proves that its owner had the token, and does not hold it.
  const proof = createHmac('sha256', token).update('saev workbench').digest('base64url');
  // Cookies do not tell ports apart: two workbenches on one machine have two names.
  const nameOf = (port: string): string => `saev-${port === '' ? '80' : port}`;
  return {
    admits(header, port) {
      const bearer = /^bearer +(\S+)$/i.exec(header('authorization') ?? '')?.[1];
      if (bearer !== undefined && isEqual(bearer, token)) return true;
      const name = `${nameOf(port)}=`;
      const cookies = (header('cookie') ?? '').split(/; */);
      return cookies.some(
        (cookie) => cookie.startsWith(name) && isEqual(cookie.slice(name.length), proof),
      );
    },
    cookieFor(given, port) {
      if (!isEqual(given, token)) return undefined;
      return `${nameOf(port)}=${proof}; Path=/; HttpOnly; SameSite=Strict`;
    },
  };
}

function isEqual(a: string, b: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}
