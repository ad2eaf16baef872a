// The forms in which a checkpoint can be named, apart from each family's own names.

import { UserError } from '../base/errors.ts';
import { kindOfPath } from '../base/files.ts';
import type { HubRepo } from '../hub/cache-paths.ts';
import { hubRepoNamed, isHubName } from '../hub/names.ts';

/** What a name stands for: a repository on the hub, a path on this disk, or something that the family knows. */
type CheckpointName =
  | { readonly kind: 'hub'; readonly repo: HubRepo }
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'name'; readonly name: string };

/** Read `hf-hub:org/name` (`@revision` behind it), `local-dir:PATH`, a path that exists, or a plain name. */
export async function parseCheckpointName(text: string): Promise<CheckpointName> {
  const repo = hubRepoOf(text);
  if (repo !== undefined) return { kind: 'hub', repo };
  if (text.startsWith('local-dir:')) return { kind: 'path', path: text.slice(10) };
  if (text === '') throw new UserError("missing checkpoint: the name is ''");
  const looksLikePath = /^[./~]|^[A-Za-z]:\\/.test(text);
  if (looksLikePath || (await kindOfPath(text)) !== 'nothing') return { kind: 'path', path: text };
  return { kind: 'name', name: text };
}

/** The repository in `hf-hub:org/name@revision`, or undefined for other text. */
export function hubRepoOf(text: string): HubRepo | undefined {
  return isHubName(text) ? hubRepoNamed(text, 'model') : undefined;
}
