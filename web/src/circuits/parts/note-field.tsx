import { useEffect, useEffectEvent, useId, useState } from 'react';
import './note-field.css';

/** How long nothing is typed before a note is kept, in milliseconds. */
const PAUSE_MS = 400;

/** What people say about something, kept while they write. */
export function NoteField(props: {
  name: string;
  text: string;
  placeholder: string;
  onChange: (text: string) => void;
}) {
  const { name, text, placeholder, onChange } = props;
  const id = useId();
  const [written, setWritten] = useState<string>();
  const onPause = useEffectEvent((words: string): void => {
    if (words !== text) onChange(words);
  });
  useEffect(() => {
    if (written === undefined) return;
    const waiting = setTimeout(() => onPause(written), PAUSE_MS);
    return () => clearTimeout(waiting);
  }, [written]);
  const keep = (): void => {
    if (written !== undefined && written !== text) onChange(written);
    setWritten(undefined);
  };
  return (
    <div className="note-field">
      <label htmlFor={id}>{name}</label>
      <textarea
        id={id}
        rows={Math.min(8, Math.max(1, (written ?? text).split('\n').length))}
        maxLength={20_000}
        placeholder={placeholder}
        value={written ?? text}
        onChange={(event) => setWritten(event.target.value)}
        onBlur={keep}
      />
    </div>
  );
}
