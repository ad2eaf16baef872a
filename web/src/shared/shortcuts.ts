// Keys that act wherever on a page they are pressed. Those of one character can be switched off, as people need who
// speak to their computer (WCAG 2.1.4).
import { type KeyboardEvent as ReactKeyboardEvent, useEffectEvent, useLayoutEffect } from 'react';
import { keptChoice, useKeptChoice } from './kept-choice.ts';

/** What some keys do, and how help tells it. */
export interface Shortcut {
  /** As `KeyboardEvent.key` names them. */
  readonly keys: readonly string[];
  /** Left out of the help when undefined. */
  readonly meaning?: string;
  /** Undefined where the keys do nothing at the moment, or a part of the page hears them itself. */
  readonly run?: ((key: string) => unknown) | undefined;
}

const characterKeys = keptChoice('shortcuts', ['on', 'off']);

/** Whether keys of one character do anything, and the way to switch them. */
export function useCharacterKeys(): readonly [boolean, (isOn: boolean) => void] {
  const [choice, choose] = useKeptChoice(characterKeys);
  return [choice === 'on', (isOn) => choose(isOn ? 'on' : 'off')];
}

/** Whether the key is a letter, a digit or a sign. */
export function isCharacter(key: string): boolean {
  return [...key].length === 1;
}

/** How keys are written that have no sign of their own. */
const SIGNS: Readonly<Record<string, string>> = {
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
  Escape: 'Esc',
};

/** A key as a keyboard shows it. */
export function keySign(key: string): string {
  return SIGNS[key] ?? key;
}

/** What a control does, with those of its keys that are not switched off, as `Next (j or →)`. */
export function useKeyHint(): (text: string, ...keys: string[]) => string {
  const [areCharactersOn] = useCharacterKeys();
  return (text, ...keys) => {
    const heard = keys.filter((key) => areCharactersOn || !isCharacter(key)).map(keySign);
    return heard.length === 0 ? text : `${text} (${heard.join(' or ')})`;
  };
}

/** Do what a pressed key means. Nothing when it is held with a modifier, or switched off. */
export function runShortcut(
  event: KeyboardEvent | ReactKeyboardEvent,
  shortcuts: readonly Shortcut[],
): void {
  const { key } = event;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (isCharacter(key) && characterKeys.read() === 'off') return;
  const run = shortcuts.find(
    (shortcut) => shortcut.run !== undefined && shortcut.keys.includes(key),
  )?.run;
  if (run === undefined) return;
  event.preventDefault();
  run(key);
}

/** Hear keys that are pressed anywhere but in a field or a dialog. */
export function useShortcuts(shortcuts: readonly Shortcut[]): void {
  const onKey = useEffectEvent((event: KeyboardEvent): void => {
    const target = event.target as HTMLElement;
    if (event.defaultPrevented || target.closest('dialog') !== null) return;
    if (!isField(target)) runShortcut(event, shortcuts);
    else if (event.key === 'Escape') target.blur();
  });
  // Before the page is painted: a busy machine may take its time afterwards, and what is seen must hear.
  useLayoutEffect(() => {
    const hear = (event: KeyboardEvent): void => onKey(event);
    document.addEventListener('keydown', hear);
    return () => document.removeEventListener('keydown', hear);
  }, []);
}

/** Whether typing goes into the element. A checkbox or a button leaves letters to the page. */
function isField(target: HTMLElement): boolean {
  if (target instanceof HTMLInputElement) return !['checkbox', 'button'].includes(target.type);
  return target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement;
}
