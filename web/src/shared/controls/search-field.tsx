import type { RefObject } from 'react';
import { useCharacterKeys } from '../shortcuts.ts';
import './search-field.css';

/** The page's search: `/` enters it, Enter goes on to what was found. */
export function SearchField(props: {
  fieldRef: RefObject<HTMLInputElement | null>;
  name: string;
  placeholder: string;
  query: string;
  onChange: (query: string) => void;
  onEnter: () => void;
}) {
  const [hasKey] = useCharacterKeys();
  return (
    <search className="search-field">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          props.onEnter();
        }}
      >
        <input
          ref={props.fieldRef}
          type="search"
          aria-label={props.name}
          placeholder={props.placeholder}
          value={props.query}
          onChange={(event) => props.onChange(event.target.value)}
        />
        {hasKey && <kbd title="Key">/</kbd>}
      </form>
    </search>
  );
}
