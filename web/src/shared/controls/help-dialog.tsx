import { type ReactNode, useEffect, useRef } from 'react';
import { isCharacter, keySign, type Shortcut, useCharacterKeys, useKeyHint } from '../shortcuts.ts';
import { Modal } from './modal.tsx';
import { Switch } from './switch.tsx';
import './help-dialog.css';

/** The shortcuts of a page and the switch for them, and how to read the page. */
export function HelpDialog(props: {
  shortcuts: readonly Shortcut[];
  children: ReactNode;
  onClose: () => void;
}) {
  const [areCharactersOn, switchCharacters] = useCharacterKeys();
  const close = useRef<HTMLButtonElement>(null);
  // The browser would begin at the switch, which a space pressed in passing should not move.
  useEffect(() => close.current?.focus(), []);
  const told = props.shortcuts.filter(({ meaning }) => meaning !== undefined);
  return (
    <Modal className="help" aria-labelledby="help-title" onClose={props.onClose}>
      <h2 id="help-title">Keys</h2>
      <dl>
        {told.map(({ keys, meaning }) => (
          <div key={keys.join(' ')}>
            <dt>
              {keys.map((key) => (
                <kbd key={key} data-off={(!areCharactersOn && isCharacter(key)) || undefined}>
                  {keySign(key)}
                </kbd>
              ))}
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <Switch
        isOn={areCharactersOn}
        title="Off, letters, digits and signs do nothing; arrows, Enter and Esc stay"
        onSwitch={switchCharacters}
      >
        Keyboard shortcuts
      </Switch>
      {props.children}
      <button ref={close} type="button" onClick={props.onClose}>
        Close
      </button>
    </Modal>
  );
}

/** The button that opens the help. */
export function HelpButton({ onClick }: { onClick: () => void }) {
  const keyHint = useKeyHint();
  return (
    <button
      type="button"
      aria-label="Keys and help"
      title={keyHint('Keys and help', '?')}
      onClick={onClick}
    >
      ?
    </button>
  );
}
