import { useState } from 'react';

/** The command that does an edit again, and a button that copies it. */
export function Repeat({ command, note }: { command: string; note?: string | undefined }) {
  const [copied, setCopied] = useState('');
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(command);
      setCopied('Copied.');
    } catch {
      setCopied('Select it and copy it by hand: the browser does not let the page.');
    }
  };
  return (
    <section className="edit-section repeat">
      <h2>The command that repeats it</h2>
      <code>{command}</code>
      {note !== undefined && <p className="edit-note">{note}</p>}
      <p className="edit-buttons">
        <button type="button" onClick={() => void copy()}>
          Copy
        </button>
        <span className="edit-note" aria-live="polite">
          {copied}
        </span>
      </p>
    </section>
  );
}
