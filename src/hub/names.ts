// How a repository of the hub, or a place in it, is written: `hf-hub:org/name`, then `@revision`, then `/path` or `:path`.
import { UserError } from '../base/errors.ts';
import type { HubFile } from './api.ts';
import { checkFilePath, checkRepo, type HubRepo } from './cache/cache-paths.ts';
import { type HubOptions, listHubFiles } from './client.ts';
import { HubError } from './failures.ts';
import { hubSettings } from './settings.ts';

const PREFIX = 'hf-hub:';

/** A file or folder of a repository; the whole of it where the path is empty. */
export interface HubPlace {
  readonly repo: HubRepo;
  readonly path: string;
}

/** Tell whether a name is one of the hub by its prefix. */
export function isHubName(text: string): boolean {
  return text.startsWith(PREFIX);
}

/**
 * Read a name as what it may mean, likeliest first: a branch may have slashes in it, and so has a path.
 * @throws {UserError} when it can mean nothing.
 */
export function hubPlacesOf(text: string, type: HubRepo['type']): HubPlace[] {
  const plain = isHubName(text) ? text.slice(PREFIX.length) : text;
  const [, name, behind, rest] = /^([^/@:]+(?:\/[^/@:]+)?)(?:([@/:])(.*))?$/s.exec(plain) ?? [];
  if (name === undefined) throw invalid(text);
  const places = ((): HubPlace[] => {
    if (behind === undefined) return [{ repo: { type, name }, path: '' }];
    if (behind !== '@') return [{ repo: { type, name }, path: pathOf(rest!) }];
    const [revision, ...path] = rest!.split(':');
    if (path.length > 0) return [place(type, name, revision!, path.join(':'))];
    const parts = rest!.split('/');
    // The hub's own branches: refs/pr/3, refs/convert/parquet.
    const own = /^refs\/[^/]+\/[^/]+(?=\/|$)/.exec(rest!)?.[0].split('/').length;
    const lengths = new Set([...(own === undefined ? [] : [own]), ...parts.map((_, i) => i + 1)]);
    return [...lengths].map((length) =>
      place(type, name, parts.slice(0, length).join('/'), parts.slice(length).join('/')),
    );
  })();
  for (const { repo } of places) checkRepo(repo);
  return places;
}

/**
 * Read a name that stands for a whole repository: everything behind `@` is its revision.
 * @throws {UserError} when it can be none, and for a place in a repository.
 */
export function hubRepoNamed(text: string, type: HubRepo['type']): HubRepo {
  const whole = hubPlacesOf(text, type).find(({ path }) => path === '');
  if (whole !== undefined) return whole.repo;
  throw new UserError(`unsupported name: '${text}' is a part of a hub repo`, {
    hint: "name the whole of it, as in 'hf-hub:org/name' or 'hf-hub:org/name@revision'",
  });
}

/**
 * Find what a name means by asking for the files of each revision that it may name.
 * @throws {UserError} when it can mean nothing, or the hub knows nothing of it.
 */
export async function findHubPlace(
  text: string,
  type: HubRepo['type'],
  options: HubOptions = {},
): Promise<HubPlace & { readonly files: readonly HubFile[] }> {
  const { offline } = options.settings ?? hubSettings();
  let failure: HubError | undefined;
  for (const place of hubPlacesOf(text, type)) {
    try {
      return { ...place, files: await listHubFiles(place.repo, options) };
    } catch (error) {
      const isUnknown =
        error instanceof HubError &&
        (error.kind === 'revision' || (offline && error.kind === 'unreachable'));
      if (!isUnknown) throw error;
      failure ??= error;
    }
  }
  throw failure ?? invalid(text);
}

/**
 * Find the model that a name on the hub means: a whole repository, or a folder in one.
 * @throws {UserError} as {@link findHubPlace}.
 */
export async function findHubModel(text: string, options: HubOptions = {}): Promise<HubRepo> {
  const places = hubPlacesOf(text, 'model');
  const { repo, path } =
    places.length === 1 ? places[0]! : await findHubPlace(text, 'model', options);
  return path === '' ? repo : { ...repo, folder: checkFilePath(path) };
}

function place(type: HubRepo['type'], name: string, revision: string, path: string): HubPlace {
  return { repo: { type, name, revision: decoded(revision) }, path: pathOf(path) };
}

/** A revision as it is in addresses of the hub: `refs%2Fpr%2F3`. */
function decoded(revision: string): string {
  try {
    return decodeURIComponent(revision);
  } catch {
    return revision;
  }
}

function pathOf(text: string): string {
  return text.replace(/^\/+|\/+$/g, '');
}

function invalid(text: string): UserError {
  return new UserError(`invalid name on the hub: '${text}'`, {
    hint: "write it as 'hf-hub:org/name', with '@revision' and '/path' behind it",
  });
}
