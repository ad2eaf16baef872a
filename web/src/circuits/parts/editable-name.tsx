import { useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import './editable-name.css';

/** A name that can be changed where it stands: Enter keeps the new one, Esc the old one. */
export function EditableName(props: {
  /** What is named, for those who hear the page. */
  what: string;
  text: string;
  /** Below the field. */
  hint?: string | undefined;
  /** The element around it, a heading where it is the name of a section. */
  as?: 'h2' | 'span';
  onRename: (text: string) => void;
}) {
  const { what, text, hint, as: Name = 'span', onRename } = props;
  const [edited, setEdited] = useState<string>();
  const pencil = useRef<HTMLButtonElement>(null);
  const end = (kept: string | undefined): void => {
    if (kept !== undefined && kept.trim() !== text) onRename(kept);
    // Drawn at once: the next key already belongs to the pencil.
    flushSync(() => setEdited(undefined));
    pencil.current?.focus();
  };
  if (edited === undefined) {
    return (
      <div className="editable-name">
        <Name className="editable-text">{text}</Name>
        <button
          ref={pencil}
          type="button"
          className="pencil"
          aria-label={`Rename ${what}`}
          title="Rename"
          onClick={() => setEdited(text)}
        >
          ✎
        </button>
      </div>
    );
  }
  return (
    <form
      className="editable-name"
      onSubmit={(event) => {
        event.preventDefault();
        end(edited);
      }}
    >
      <input
        // The person has just asked to write here.
        ref={(field) => field?.focus()}
        type="text"
        aria-label={`Name of ${what}`}
        maxLength={200}
        value={edited}
        onChange={(event) => setEdited(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          event.preventDefault();
          end(undefined);
        }}
      />
      <button type="submit">Keep</button>
      {hint !== undefined && <small>{hint}</small>}
    </form>
  );
}
