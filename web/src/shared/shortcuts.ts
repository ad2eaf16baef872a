import { useEffect, useRef } from 'react';

type Keys = Readonly<Record<string, () => unknown>>;

/** Run an action for a key pressed anywhere but in a field, a dialog, or together with a modifier. */
export function useKeys(keys: Keys): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      const target = event.target as HTMLElement;
      if (target.closest('dialog') !== null) return;
      if (isField(target)) {
        if (event.key === 'Escape') target.blur();
        return;
      }
      const action = latest.current[event.key];
      if (action === undefined) return;
      event.preventDefault();
      action();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}

/** Whether typing goes into the element. A checkbox or a button leaves letters to the page. */
function isField(target: HTMLElement): boolean {
  if (target instanceof HTMLInputElement) return !['checkbox', 'button'].includes(target.type);
  return target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement;
}
