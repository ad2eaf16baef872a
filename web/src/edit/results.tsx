import type { EditablePage } from '../../../src/pages/edit.ts';
import type { ChangeState } from '../shared/hash-state.ts';
import type { EditState } from './edit-state.ts';
import type { Upload } from './example/example-choice.tsx';
import { SeenImage } from './example/seen-image.tsx';
import { SeenText } from './example/seen-text.tsx';
import { Repeat } from './repeat.tsx';
import { Sections } from './sections/sections.tsx';
import type { EditOutcome } from './use-edit.ts';

/** What an edit does: the example, what changes behind it, and the command that repeats it. */
export function Results(props: {
  state: EditState;
  change: ChangeState<EditState>;
  page: EditablePage;
  outcome: EditOutcome;
  upload: Upload | undefined;
  /** Why there is nothing to show. */
  why: string;
}) {
  const { state, change, page, outcome, upload, why } = props;
  const { answer, error, isBusy } = outcome;
  const onWhere = (where: readonly number[] | undefined): void => change({ where });
  const headName = (id: string): string => page.heads.find((head) => head.id === id)?.name ?? id;
  return (
    <div className="edit-results" aria-busy={isBusy}>
      <p className="edit-status" role="status">
        {isBusy ? 'Working…' : answer && error === undefined ? statusOf(answer, state) : ''}
      </p>
      {error !== undefined && (
        <p className="edit-error" role="alert">
          {error}
        </p>
      )}
      {answer === undefined ? (
        !isBusy && error === undefined && <p className="empty">{why}</p>
      ) : (
        <div className="edit-answer" data-kind={page.kind}>
          <section className="edit-section seen" aria-label="Example">
            {answer.seen.kind === 'image' ? (
              <SeenImage seen={answer.seen} where={state.where} onWhere={onWhere} />
            ) : (
              <SeenText seen={answer.seen} where={state.where} onWhere={onWhere} />
            )}
          </section>
          <div className="edit-sections">
            <Sections answer={answer} headName={headName} />
            {page.kind === 'image' && page.heads.length === 0 && (
              <p className="edit-note edit-section">
                No heads of this model were found: train one with <code>saev semseg train</code> or{' '}
                <code>saev classify train</code> and open its folder, too, to see classes change.
              </p>
            )}
            {page.noPrompts !== undefined && (
              <p className="edit-note edit-section">{page.noPrompts}</p>
            )}
            {answer.reasons.map((reason) => (
              <p key={reason} className="edit-note edit-section">
                {reason}
              </p>
            ))}
            <Repeat command={answer.repeat} note={upload && noteOf(upload)} />
          </div>
        </div>
      )}
    </div>
  );
}

/** What to do with the command, where it cannot name the file. */
function noteOf({ name }: Upload): string {
  return name === undefined
    ? 'Give the path of your image in it.'
    : `In it, ${name} stands for your file: give its path.`;
}

function statusOf(
  { nEdited, nTokens, seen }: NonNullable<EditOutcome['answer']>,
  { latents }: EditState,
): string {
  const what = seen.kind === 'image' ? 'patches' : 'tokens';
  return latents.every(({ times }) => times === undefined)
    ? 'Nothing is changed yet: this is the model as it is.'
    : `${nEdited} of ${nTokens} ${what} are changed.`;
}
