import type { ReactNode } from 'react';
import { Modal } from './modal.tsx';

/** The keys of a page, each with its meaning, and below them how to read it. */
export function HelpDialog(props: {
  keys: readonly (readonly [keys: string, meaning: string])[];
  children: ReactNode;
  onClose: () => void;
}) {
  return (
    <Modal className="help" aria-labelledby="help-title" onClose={props.onClose}>
      <h2 id="help-title">Keys</h2>
      <dl>
        {props.keys.map(([keys, meaning]) => (
          <div key={keys}>
            <dt>
              {keys.split(' ').map((part) => (
                <kbd key={part}>{part}</kbd>
              ))}
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      {props.children}
      <button type="button" onClick={props.onClose}>
        Close
      </button>
    </Modal>
  );
}
