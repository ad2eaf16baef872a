import type { ReactNode } from 'react';
import './switch.css';

/** Something that is on or off, with its name beside it. */
export function Switch(props: {
  isOn: boolean;
  title: string;
  children: ReactNode;
  onSwitch: (isOn: boolean) => void;
}) {
  return (
    <label className="switch" title={props.title}>
      <input
        type="checkbox"
        role="switch"
        aria-checked={props.isOn}
        checked={props.isOn}
        onChange={(event) => props.onSwitch(event.target.checked)}
      />
      <span>{props.children}</span>
    </label>
  );
}
