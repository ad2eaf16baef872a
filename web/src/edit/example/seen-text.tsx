import type { TextSeen } from '../../../../src/pages/ask.ts';
import { showControls } from '../../shared/tokens.ts';
import './seen-text.css';

/** A text as the model reads it; its tokens are buttons that choose where to edit. */
export function SeenText(props: {
  seen: TextSeen;
  where: readonly number[] | undefined;
  onWhere: (where: readonly number[] | undefined) => void;
}) {
  const { seen, where, onWhere } = props;
  const chosen = new Set(where ?? seen.tokens.flatMap((_, i) => (seen.special[i] ? [] : [i])));
  const toggle = (position: number): void => {
    const next = new Set(where);
    if (!next.delete(position)) next.add(position);
    onWhere(next.size === 0 ? undefined : [...next].sort((a, b) => a - b));
  };
  return (
    <div className="seen-text">
      <fieldset aria-label="Tokens to edit">
        {seen.tokens.map((token, position) => (
          <button
            // biome-ignore lint/suspicious/noArrayIndexKey: a token is its position
            key={position}
            type="button"
            className="token-choice"
            aria-pressed={chosen.has(position)}
            data-special={seen.special[position] || undefined}
            onClick={() => toggle(position)}
          >
            {/^ *$/.test(token) ? '·'.repeat(Math.max(1, token.length)) : showControls(token)}
          </button>
        ))}
      </fieldset>
      <p className="edit-note" aria-live="polite">
        {where === undefined
          ? 'All tokens of the text are edited, and new ones. Choose some to edit these alone.'
          : `${where.length} of ${seen.tokens.length} tokens are edited, new ones are not.`}{' '}
        {where !== undefined && (
          <button type="button" className="quiet" onClick={() => onWhere(undefined)}>
            All tokens
          </button>
        )}
      </p>
    </div>
  );
}
