import { Modal } from '../shared/modal.tsx';

const KEYS: readonly (readonly [string, string])[] = [
  ['j →', 'next feature'],
  ['k ←', 'previous feature'],
  ['↑ ↓', 'move among the cards'],
  ['Enter', 'open the card'],
  ['Esc', 'back to all features'],
  ['/', 'search'],
  ['h', 'heat map on or off'],
  ['c', 'concepts, where they are known'],
  ['?', 'this help'],
];

/** The keys, and how to read the page. */
export function HelpDialog({ onClose }: { onClose: () => void }) {
  return (
    <Modal className="help" aria-labelledby="help-title" onClose={onClose}>
      <h2 id="help-title">Keys</h2>
      <dl>
        {KEYS.map(([key, meaning]) => (
          <div key={key}>
            <dt>
              {key.split(' ').map((part) => (
                <kbd key={part}>{part}</kbd>
              ))}
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <p>
        Each dot of the plot is a feature: how often it fires, against its mean value where it
        fires. Drag a rectangle to list only the features inside; drag inside it to move it. The
        address always leads back to what is on the screen.
      </p>
      <button type="button" onClick={onClose}>
        Close
      </button>
    </Modal>
  );
}
