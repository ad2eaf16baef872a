// What can go wrong between here and the hub, each as one sentence with the way out.
import { describeError, UserError } from '../base/errors.ts';
import { proxyHint } from '../base/http/request.ts';
import type { HubRepo } from './cache/cache-paths.ts';
import type { HubSettings } from './settings.ts';

/**
 * Why the hub gave nothing: it could not be reached, does not know the repo, revision or file, or does not let us in;
 * `answer` is anything else.
 */
export type HubFailure = 'unreachable' | 'repo' | 'revision' | 'file' | 'access' | 'answer';

/** A failure of the hub that the person can mend. */
export class HubError extends UserError {
  readonly kind: HubFailure;

  constructor(kind: HubFailure, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options);
    this.name = 'HubError';
    this.kind = kind;
  }
}

/** What a request was for, so that its failure can be named. */
export interface HubSubject {
  readonly repo: HubRepo;
  readonly path?: string;
}

/** The error for a request that got no answer, or only answers like 503. */
export function unreachable(settings: HubSettings, cause: unknown): HubError {
  return new HubError(
    'unreachable',
    `hub unreachable: '${settings.endpoint}' (${describeError(cause)})`,
    {
      hint: `check the network and HF_ENDPOINT; files already in '${settings.cacheDir}' are used without the hub when HF_HUB_OFFLINE=1${proxyHint()}`,
      cause,
    },
  );
}

/** The error for a file that is wanted while offline and was never downloaded. */
export function notInCache(settings: HubSettings, { repo, path }: HubSubject): HubError {
  const what = path === undefined ? `hub repo '${repo.name}'` : `'${path}' of '${repo.name}'`;
  return new HubError(
    'unreachable',
    `missing in the cache: ${what}, revision '${repo.revision ?? 'main'}', while HF_HUB_OFFLINE is set`,
    { hint: `unset HF_HUB_OFFLINE to download it to '${settings.cacheDir}'` },
  );
}

/** Turn an answer that is no success into its error. `X-Error-Code` is the hub's own word for it. */
export function refusal(
  response: Response,
  settings: HubSettings,
  { repo, path }: HubSubject,
): HubError {
  const code = response.headers.get('X-Error-Code');
  const message = response.headers.get('X-Error-Message') ?? '';
  const { status } = response;
  const name = `hub repo '${repo.name}'`;
  const page = `${settings.endpoint}/${repo.type === 'dataset' ? 'datasets/' : ''}${repo.name}`;
  if (code === 'RevisionNotFound')
    return new HubError('revision', `unknown revision '${repo.revision ?? 'main'}' of ${name}`);
  if (code === 'EntryNotFound' || (status === 404 && path !== undefined && code === null))
    return new HubError('file', `missing file '${path ?? ''}' in ${name}`);
  if (code === 'GatedRepo')
    return new HubError('access', `no access to ${name}: it is gated`, {
      hint: `accept its terms at ${page}, then set HF_TOKEN to a token of that account`,
    });
  if (status === 401 && settings.token !== undefined && /credentials/i.test(message))
    return new HubError('access', `invalid HF_TOKEN: the hub refuses it (${message})`, {
      hint: 'set HF_TOKEN to a valid token, or unset it for public repos',
    });
  if (code === 'RepoNotFound' || status === 401 || status === 404)
    return new HubError('repo', `unknown ${name} (${repo.type})`, {
      hint:
        settings.token === undefined
          ? 'check the name; a private or gated repo needs HF_TOKEN'
          : 'check the name, and that the token in HF_TOKEN may read it',
    });
  if (status === 403)
    return new HubError('access', `no access to ${name}${message && `: ${message}`}`, {
      hint: 'set HF_TOKEN to a token that may read it',
    });
  return new HubError(
    'answer',
    `hub answered ${status} ${response.statusText} for ${path === undefined ? name : `'${path}' of ${name}`}${message && `: ${message}`}`,
  );
}
