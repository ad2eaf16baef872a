// Who may ask: the workbench's own page and programs, not pages of other sites in the same browser.
import { isIP } from 'node:net';
import { Refusal } from './refusal.ts';

/** What of a request tells where it comes from. */
export interface Asked {
  readonly method: string;
  readonly url: URL;
  header(name: string): string | undefined;
}

/**
 * Refuse a request that names another host than ours (a site whose name was made to lead here, DNS rebinding), or that a
 * page of another site sends. Links from elsewhere to the page itself are followed.
 * @throws {Refusal} with the reason
 */
export function checkOrigin(asked: Asked, hosts: readonly string[]): void {
  const named = hostOf(asked.header('host') ?? asked.url.host);
  // An old form of requests has a host in the address, too.
  const ours = [named?.hostname, asked.url.hostname];
  if (named === undefined || !ours.every((name) => isOurs(name!, hosts))) {
    throw new Refusal(403, 'this address is not one of this workbench', {
      hint: 'open the address that it printed, or name this one with --hosts',
    });
  }
  const origin = asked.header('origin');
  if (origin !== undefined && !isSame(origin, named)) throw elsewhere();
  const site = asked.header('sec-fetch-site') ?? 'none';
  if (site === 'same-origin' || site === 'none') return;
  const isLink =
    asked.method === 'GET' &&
    asked.header('sec-fetch-mode') === 'navigate' &&
    asked.header('sec-fetch-dest') === 'document' &&
    asked.url.pathname === '/';
  if (!isLink) throw elsewhere();
}

function elsewhere(): Refusal {
  return new Refusal(403, 'a page of another site asked for this, and it is not for others');
}

/** Names of this machine for itself, and what was listed. Any number is ours when others may come: names alone can be made to lead here. */
function isOurs(hostname: string, hosts: readonly string[]): boolean {
  const bare = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (bare === 'localhost' || bare === '127.0.0.1' || bare === '::1') return true;
  if (hosts.includes(bare)) return true;
  return hosts.includes(ANY_NUMBER) && isIP(bare) !== 0;
}

/** Among the hosts: every address that is a number. */
export const ANY_NUMBER = '*';

function hostOf(text: string): URL | undefined {
  // Nothing but a name and a port: what else a URL could have there is refused.
  if (!/^(\[[\da-f:.]+\]|[\w.-]+)(:\d{1,5})?$/i.test(text)) return undefined;
  try {
    return new URL(`http://${text}`);
  } catch {
    return undefined;
  }
}

/** Whether an origin is that of the host that was asked; the scheme may differ behind a proxy. */
function isSame(origin: string, host: URL): boolean {
  try {
    const url = new URL(origin);
    if (url.protocol !== 'http:' && url.protocol !== 'https:') return false;
    return new URL(`http://${url.host}`).host === host.host;
  } catch {
    return false;
  }
}
