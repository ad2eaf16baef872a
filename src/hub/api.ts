// What the hub's API and its file headers tell: the commit of a revision, the files of a commit, one file's hash and size.
import {
  type CachedFile,
  checkFilePath,
  type HubRepo,
  isCommit,
  revisionOf,
} from './cache/cache-paths.ts';
import { HubError, type HubSubject, refusal } from './failures.ts';
import { hubRequest } from './request.ts';
import type { HubSettings } from './settings.ts';

/** A file of a repository, with its size in bytes. */
export interface HubFile {
  readonly path: string;
  readonly size: number;
  /** The hub's hash of its content: sha256 of a large file, git's sha1 of a small one; unknown of a copy in the cache. */
  readonly id?: string | undefined;
}

/** What a HEAD request tells about a file. */
export interface HubFileInfo {
  /** Address on the hub. */
  readonly url: string;
  /** Where the hub sends its readers: a signed address that expires, or the same as `url`. */
  readonly location: string;
  /** sha256 of a large file, git's sha1 of a small one; other servers may give anything. */
  readonly etag: string;
  /** Bytes; undefined when the hub does not say. */
  readonly size: number | undefined;
}

/** Ask which commit a branch, tag or commit stands for. @throws {HubError} when the hub does not say. */
export async function fetchCommit(
  repo: HubRepo,
  settings: HubSettings,
  options: { signal?: AbortSignal; once?: boolean } = {},
): Promise<string> {
  const { type, name } = repo;
  const revision = revisionOf(repo);
  const asked = {
    name,
    revision,
    hubUrl: settings.endpoint,
    additionalFields: ['sha' as const],
    fetch: apiFetch(settings, { repo }, options),
  };
  const { datasetInfo, modelInfo } = await import('@huggingface/hub');
  const { sha } = type === 'dataset' ? await datasetInfo(asked) : await modelInfo(asked);
  if (!isCommit(sha)) throw oddAnswer(settings, `no commit for '${revision}' of '${name}'`);
  return sha;
}

/**
 * List the files of a commit, ordered by path.
 * @throws {UserError} when the hub does not list them, or a path would lead out of a folder.
 */
export async function fetchFiles(
  repo: HubRepo,
  commit: string,
  settings: HubSettings,
  signal?: AbortSignal,
): Promise<HubFile[]> {
  const { type, name } = repo;
  const files: HubFile[] = [];
  const { listFiles } = await import('@huggingface/hub');
  const entries = listFiles({
    repo: { type, name },
    revision: commit,
    recursive: true,
    hubUrl: settings.endpoint,
    fetch: apiFetch(settings, { repo }, { signal }),
  });
  for await (const { type: kind, path, size, oid, lfs } of entries) {
    if (kind !== 'file') continue;
    if (typeof path !== 'string' || !Number.isSafeInteger(size) || size < 0) {
      throw oddAnswer(settings, `a listing of '${name}' with a file ${path} of ${size} bytes`);
    }
    files.push({ path: checkFilePath(path), size, id: lfs?.oid ?? oid });
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Ask for hash and size of a file of a commit. @throws {HubError} when the hub does not say. */
export async function fetchFileInfo(
  file: CachedFile,
  settings: HubSettings,
  signal?: AbortSignal,
): Promise<HubFileInfo> {
  const { url, path, repo } = file;
  const response = await hubRequest(settings, url, { method: 'HEAD', stayOnHub: true, signal });
  if (response.status >= 400) throw refusal(response, settings, file);
  const header = (name: string): string | null => response.headers.get(name);
  const etag = (header('X-Linked-ETag') ?? header('ETag'))?.replace(/^W\//, '').replaceAll('"', '');
  if (!etag) throw oddAnswer(settings, `no ETag for '${path}' of '${repo.name}'`);
  const target = header('Location');
  const length = header('X-Linked-Size') ?? (target === null ? header('Content-Length') : null);
  const size = length === null ? undefined : Number(length);
  if (size !== undefined && !(Number.isSafeInteger(size) && size >= 0)) {
    throw oddAnswer(settings, `a size of '${length}' for '${path}' of '${repo.name}'`);
  }
  return { url, location: target === null ? url : new URL(target, url).href, etag, size };
}

/** The `fetch` that @huggingface/hub is to use: ours, so that its failures have our words. */
function apiFetch(
  settings: HubSettings,
  subject: HubSubject,
  options: { signal?: AbortSignal; once?: boolean },
): typeof fetch {
  return async (input) => {
    const url = input instanceof Request ? input.url : String(input);
    const response = await hubRequest(settings, url, options);
    if (!response.ok) throw refusal(response, settings, subject);
    if (!/json/.test(response.headers.get('Content-Type') ?? '')) {
      throw oddAnswer(settings, `a page that is not JSON for '${subject.repo.name}'`);
    }
    return response;
  };
}

function oddAnswer(settings: HubSettings, what: string): HubError {
  return new HubError('answer', `invalid answer from '${settings.endpoint}': ${what}`, {
    hint: 'check HF_ENDPOINT, and whether a proxy or a login page stands between',
  });
}
