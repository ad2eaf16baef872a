// The forms in which a checkpoint can be named, apart from each family's own names.

import { UserError } from '../base/errors.ts';
import { kindOfPath } from '../base/files.ts';
import type { HubRepo } from '../hub/cache/cache-paths.ts';
import type { HubOptions } from '../hub/client.ts';
import { findHubModel, isHubName } from '../hub/names.ts';

/** What a name stands for: a repository on the hub, a path on this disk, or something that the family knows. */
type CheckpointName =
  | { readonly kind: 'hub'; readonly repo: HubRepo }
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'name'; readonly name: string };

/**
 * Read `hf-hub:org/name` (`@revision` behind it, then `/folder`), `local-dir:PATH`, a path that exists, or a plain name.
 * @throws {UserError} for a name on the hub that can mean nothing.
 */
export async function parseCheckpointName(
  text: string,
  options: HubOptions = {},
): Promise<CheckpointName> {
  if (isHubName(text)) return { kind: 'hub', repo: await findHubModel(text, options) };
  if (text.startsWith('local-dir:')) return { kind: 'path', path: text.slice(10) };
  if (text === '') throw new UserError("missing checkpoint: the name is ''");
  const looksLikePath = /^[./~]|^[A-Za-z]:\\/.test(text);
  if (looksLikePath || (await kindOfPath(text)) !== 'nothing') return { kind: 'path', path: text };
  return { kind: 'name', name: text };
}
