// Patches of a picture, or tokens of a text, to be pointed at: with the pointer, with arrow keys, with a finger.
import { type KeyboardEvent, type ReactNode, useId } from 'react';
import './pad.css';

/** A patch or a token. */
export interface PadItem {
  readonly label: string;
  readonly content?: ReactNode;
}

/** One thing out of many, in rows of `columns`; arrows move, Enter holds, Esc lets go. */
export function Pad(props: {
  name: string;
  className: string;
  items: readonly PadItem[];
  columns: number;
  /** Whether items lie in a grid of these columns, or follow one another as words do. */
  isGrid?: boolean;
  /** The item that is looked at. */
  at: number | undefined;
  /** The item that is held. */
  held: number | undefined;
  onLook: (item: number | undefined) => void;
  onHold: (item: number | undefined) => void;
}) {
  const { name, className, items, columns, isGrid, at, held, onLook, onHold } = props;
  const id = useId();
  const move = (event: KeyboardEvent): void => {
    const now = at ?? held;
    const by = STEPS[event.key];
    const next =
      by === undefined
        ? event.key === 'Home'
          ? 0
          : event.key === 'End'
            ? items.length - 1
            : undefined
        : now === undefined
          ? 0
          : now + by.across + by.down * columns;
    if (event.key === 'Escape' && held !== undefined) onHold(undefined);
    else if ((event.key === 'Enter' || event.key === ' ') && now !== undefined)
      onHold(now === held ? undefined : now);
    else if (next !== undefined && next >= 0 && next < items.length) onLook(next);
    else if (by === undefined) return;
    event.preventDefault();
    event.stopPropagation();
  };
  const indexOf = (target: EventTarget): number | undefined => {
    const item = (target as Element).closest('[data-item]')?.getAttribute('data-item');
    return item == null ? undefined : Number(item);
  };
  return (
    // biome-ignore lint/a11y/useKeyWithMouseEvents: focus is heard with arrow keys
    <div
      role="listbox"
      tabIndex={0}
      className={`pad ${className}`}
      aria-label={name}
      style={isGrid ? { gridTemplateColumns: `repeat(${columns}, 1fr)` } : undefined}
      aria-activedescendant={at === undefined ? undefined : `${id}-${at}`}
      onKeyDown={move}
      onBlur={() => onLook(undefined)}
      onMouseOver={(event) => onLook(indexOf(event.target))}
      onMouseLeave={() => onLook(undefined)}
      onClick={(event) => {
        const item = indexOf(event.target);
        if (item !== undefined) onHold(item === held ? undefined : item);
      }}
    >
      {items.map(({ label, content }, i) => (
        // biome-ignore lint/a11y/useFocusableInteractive: the list has the focus, and names the active item
        <span
          // biome-ignore lint/suspicious/noArrayIndexKey: an item is its place
          key={i}
          id={`${id}-${i}`}
          role="option"
          aria-label={label}
          aria-selected={i === held}
          data-item={i}
          data-at={i === at || undefined}
        >
          {content}
        </span>
      ))}
    </div>
  );
}

const STEPS: Readonly<Record<string, { readonly across: number; readonly down: number }>> = {
  ArrowLeft: { across: -1, down: 0 },
  ArrowRight: { across: 1, down: 0 },
  ArrowUp: { across: 0, down: -1 },
  ArrowDown: { across: 0, down: 1 },
};
