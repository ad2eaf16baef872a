import { type RefObject, useState } from 'react';
import { formatCount } from '../../shared/format.ts';
import { useKeyHint } from '../../shared/shortcuts.ts';
import type { Marking } from './use-marking.ts';
import './choice-bar.css';

/** What becomes of the nodes that are chosen. */
export function ChoiceBar(props: {
  count: number;
  fieldRef: RefObject<HTMLInputElement | null>;
  marking: Marking;
}) {
  const { count, fieldRef, marking } = props;
  const [name, setName] = useState('');
  const keyHint = useKeyHint();
  return (
    <form
      className="choice-bar"
      aria-label="Chosen nodes"
      onSubmit={(event) => {
        event.preventDefault();
        marking.group(name);
      }}
    >
      <span role="status">
        {formatCount(count)} {count === 1 ? 'node' : 'nodes'} chosen
      </span>
      <input
        ref={fieldRef}
        type="text"
        aria-label="Name of the supernode"
        placeholder="Name"
        maxLength={200}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <button type="submit" title={keyHint('Draw them as one', 'g', 'Enter')}>
        Group
      </button>
      <button type="button" onClick={marking.pinChosen}>
        Pin
      </button>
      <button type="button" onClick={marking.chooseNone}>
        Choose none
      </button>
    </form>
  );
}
