// An edit in the forward pass over one text, and what the sections read before and behind it.
import { UserError } from '../../base/errors.ts';
import type { EditSection } from '../../pages/edit.ts';
import type { Edited } from './edit-image.ts';
import type { EditableTexts } from './editable.ts';
import { checkFinite } from './finite-values.ts';
import type { EditOptions } from './options.ts';
import { TEXT_SECTIONS } from './sections/registry.ts';
import { editInterventions } from './text-interventions.ts';

/**
 * Change codes of a text in a real forward pass. Positions of signs, such as the one that begins a text, are left alone
 * unless `where` names them; where all positions are edited, those of new tokens are, too.
 * @throws {UserError} for positions and latents that there are not, and for changes that are too large
 */
export async function editText(
  editable: EditableTexts,
  tokens: Int32Array,
  {
    where,
    changes,
    signal,
    ...options
  }: Pick<EditOptions, 'changes' | 'where' | 'newTokens' | 'seed' | 'temperature'> & {
    readonly signal?: AbortSignal | undefined;
  },
): Promise<Edited> {
  const { backbone } = editable;
  checkChanges(editable, changes);
  const isEdited = placesOf(editable, tokens, where);
  const touched = new Set<number>();
  const edit = () =>
    editInterventions(editable, { changes, isEdited, onEdited: (each) => touched.add(each) });
  const context = { editable, tokens, edit, signal, ...options };
  const found = TEXT_SECTIONS.map(({ readers }) => readers(context));
  const readers = found.flatMap((each) => each.readers);
  const record = [...new Set(readers.flatMap((each) => each.record))];
  const run = { record, ...(signal && { signal }) };
  const before = await backbone.run([tokens], run);
  const interventions = edit();
  const after =
    interventions.length === 0 ? before : await backbone.run([tokens], { ...run, interventions });
  checkFinite(after, editable.output);
  const nEdited = touched.size;
  const sections: EditSection[] = [];
  for (const each of readers) {
    signal?.throwIfAborted();
    sections.push(await each.read(before, after));
  }
  const nTokens = tokens.length;
  return { nTokens, nEdited, sections, reasons: found.flatMap((each) => each.reasons) };
}

/** The interventions would say it, too, but only where some position is edited. */
function checkChanges({ coder }: EditableTexts, changes: EditOptions['changes']): void {
  const { dSae } = coder.config;
  const seen = new Set<number>();
  for (const { latent } of changes) {
    if (latent >= dSae)
      throw new UserError(`unknown latent ${latent}: the coder has 0 to ${dSae - 1}`);
    if (seen.has(latent)) throw new UserError(`latent ${latent} is changed twice`);
    seen.add(latent);
  }
}

function placesOf(
  { backbone }: EditableTexts,
  tokens: Int32Array,
  where: readonly number[] | undefined,
): (position: number) => boolean {
  if (where === undefined) {
    const { tokenizer } = backbone;
    return (position) => position >= tokens.length || !tokenizer.isSpecial(tokens[position]!);
  }
  const unknown = where.find((each) => !(each < tokens.length));
  if (unknown !== undefined) {
    throw new UserError(`unknown position ${unknown}: the text has ${tokens.length} tokens`, {
      hint: `positions run from 0, the token that begins a text, to ${tokens.length - 1}`,
    });
  }
  const chosen = new Set(where);
  return (position) => chosen.has(position);
}
