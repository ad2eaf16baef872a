// Where the hub is, who is asking and where its files are kept: read from the environment as Python's huggingface_hub does.
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../base/errors.ts';
import type { Patience } from '../base/http/patience.ts';

/** Where the hub and its cache are, and how patient to be. */
export interface HubSettings extends Patience {
  /** Base URL without a last slash. */
  readonly endpoint: string;
  /** Folder of `models--org--name/…`, for what is downloaded. */
  readonly cacheDir: string;
  /** Further folders of that kind, in which files are looked for but never written. */
  readonly alsoIn?: readonly string[];
  /** Folder for what saev derives from files; it finds a place itself when not given. */
  readonly derivedDir?: string | undefined;
  /** Use only what the cache holds. */
  readonly offline: boolean;
  readonly token: string | undefined;
  /** Make copies where snapshots would be links. */
  readonly copies: boolean;
}

/** Environment variables, as the process has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Read the settings of hub access from environment variables: `HF_ENDPOINT`, `HF_HUB_OFFLINE`, `HF_TOKEN` (or the file at
 * `HF_TOKEN_PATH`), `HF_HUB_ETAG_TIMEOUT`, `HF_HUB_DOWNLOAD_TIMEOUT`, `HF_HUB_DISABLE_SYMLINKS`, and for the cache
 * `SAEV_CACHE`, else `HF_HUB_CACHE`, else `HF_HOME/hub`, else `~/.cache/huggingface/hub`. What the others of these hold is
 * found, too, and what lies in `HF_HOME` itself, where the original saev downloads to. `SAEV_DERIVED_DIR` is the folder for
 * derived files.
 */
export function hubSettings(env: Environment = process.env): HubSettings {
  const home = hubHome(env);
  const named = [env.SAEV_CACHE, env.HF_HUB_CACHE, env.HUGGINGFACE_HUB_CACHE].filter(Boolean);
  const caches = [...named.map((path) => expandPath(path!, env)), join(home, 'hub')];
  const [cacheDir, ...others] = [...new Set([...caches, ...(env.HF_HOME ? [home] : [])])];
  return {
    endpoint: endpointOf(env.HF_ENDPOINT || 'https://huggingface.co'),
    cacheDir: cacheDir!,
    alsoIn: others,
    derivedDir: env.SAEV_DERIVED_DIR ? expandPath(env.SAEV_DERIVED_DIR, env) : undefined,
    offline: isTrue(env.HF_HUB_OFFLINE || env.TRANSFORMERS_OFFLINE),
    token: tokenOf(env, home),
    copies: isTrue(env.HF_HUB_DISABLE_SYMLINKS),
    answerTimeout: milliseconds(env.HF_HUB_ETAG_TIMEOUT, 'HF_HUB_ETAG_TIMEOUT'),
    stallTimeout: milliseconds(env.HF_HUB_DOWNLOAD_TIMEOUT, 'HF_HUB_DOWNLOAD_TIMEOUT'),
    attempts: 5,
    retryDelay: 500,
  };
}

function hubHome(env: Environment): string {
  if (env.HF_HOME) return expandPath(env.HF_HOME, env);
  const caches = env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache');
  return expandPath(join(caches, 'huggingface'), env);
}

function tokenOf(env: Environment, home: string): string | undefined {
  const given = clean(env.HF_TOKEN) ?? clean(env.HUGGING_FACE_HUB_TOKEN);
  if (given !== undefined || isTrue(env.HF_HUB_DISABLE_IMPLICIT_TOKEN)) return given;
  const path = env.HF_TOKEN_PATH ? expandPath(env.HF_TOKEN_PATH, env) : join(home, 'token');
  try {
    return clean(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

function endpointOf(text: string): string {
  const invalid = (): UserError =>
    new UserError(`invalid HF_ENDPOINT: '${text}'`, {
      hint: "give the hub's address, as in https://huggingface.co",
    });
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw invalid();
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw invalid();
  return text.replace(/\/+$/, '');
}

function milliseconds(text: string | undefined, name: string): number {
  if (!text) return 10_000;
  const seconds = Number(text);
  if (!(seconds > 0 && Number.isFinite(seconds))) {
    throw new UserError(`invalid ${name}: '${text}'`, { hint: 'give a number of seconds' });
  }
  return seconds * 1000;
}

function clean(token: string | undefined): string | undefined {
  const trimmed = token?.replace(/[\r\n]/g, '').trim();
  return trimmed ? trimmed : undefined;
}

function isTrue(text: string | undefined): boolean {
  return ['1', 'ON', 'YES', 'TRUE'].includes((text ?? '').toUpperCase());
}

/** `~` and `$NAME` in a path, as a shell would read them. */
function expandPath(path: string, env: Environment): string {
  return path
    .replace(/^~(?=[/\\]|$)/, env.HOME || homedir())
    .replace(/\$(?:(\w+)|\{(\w+)\})/g, (whole, plain, braced) => env[plain ?? braced] ?? whole);
}
