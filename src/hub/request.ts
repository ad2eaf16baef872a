// One HTTP request to the hub: the token goes to the hub's own hosts only.

import { UserError } from '../base/errors.ts';
import { sendRequest } from '../base/http/request.ts';
import { HubError, unreachable } from './failures.ts';
import type { HubSettings } from './settings.ts';

interface HubRequest {
  readonly method?: 'GET' | 'HEAD';
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Return a redirect that leaves the hub for a content server, in place of following it. */
  readonly stayOnHub?: boolean;
  /** Fail at the first refused connection or 5xx: when there is something to fall back on. */
  readonly once?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Send a request and return the answer, whatever its status, with its body unread.
 * @throws {HubError} of kind `unreachable` when no try got through; the signal's reason when aborted.
 */
export async function hubRequest(
  settings: HubSettings,
  url: string,
  { stayOnHub, ...request }: HubRequest = {},
): Promise<Response> {
  const { token } = settings;
  return sendRequest(url, {
    ...request,
    patience: settings,
    headersFor: (to) =>
      token !== undefined && isHubHost(settings, to)
        ? { Authorization: `Bearer ${token}` }
        : undefined,
    follows: (to) => !stayOnHub || isHubHost(settings, to),
    unreachable: (cause) => unreachable(settings, cause),
  }).catch((error: unknown) => {
    const isOther = error instanceof UserError && !(error instanceof HubError);
    throw isOther ? new HubError('answer', error.message) : error;
  });
}

/** The token goes to the hub alone, never to the content servers it redirects to. */
function isHubHost(settings: HubSettings, url: string): boolean {
  const { host, protocol } = new URL(url);
  if (host === new URL(settings.endpoint).host) return true;
  return protocol === 'https:' && (host === 'huggingface.co' || host === 'hf.co');
}
