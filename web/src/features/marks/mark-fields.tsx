import { useEffect, useId, useRef, useState } from 'react';
import { MARK_LIMITS } from '../../../../src/pages/marks.ts';
import { useMark, useMarks } from './use-marks.tsx';
import './mark-fields.css';

/** Milliseconds of silence after which what is typed is kept. */
const SILENCE = 700;

/** The own name and the note of a feature, to be written. */
export function MarkFields({ latent }: { latent: number }) {
  const { error, conflicts, where } = useMarks();
  const isOther = conflicts.includes(latent);
  return (
    <div className="mark-fields" title={`Kept ${where}`}>
      <MarkField latent={latent} part="name" label="Own name" hint="What you call it" />
      <MarkField latent={latent} part="note" label="Note" hint="What you saw" />
      {(error !== undefined || isOther) && (
        <p role="alert" className="mark-trouble">
          {error !== undefined
            ? `Not kept: ${error}.`
            : 'Somebody else changed this meanwhile; it is shown as they left it.'}
        </p>
      )}
    </div>
  );
}

function MarkField(props: { latent: number; part: 'name' | 'note'; label: string; hint: string }) {
  const { latent, part, label, hint } = props;
  const { change } = useMarks();
  const kept = useMark(latent)[part] ?? '';
  const [draft, setDraft] = useState<string>();
  const id = useId();
  const text = draft ?? kept;
  const timer = useRef(0);

  const keep = (): void => {
    window.clearTimeout(timer.current);
    const wanted = text.trim();
    if (draft !== undefined && wanted !== kept)
      change([{ latent, [part]: { from: kept || null, to: wanted || null } }]);
  };
  const latest = useRef(keep);
  latest.current = keep;
  // What was typed last is not lost when another feature is opened.
  useEffect(() => () => latest.current(), []);

  const field = {
    id,
    value: text,
    placeholder: hint,
    maxLength: MARK_LIMITS[part],
    onBlur: () => {
      keep();
      setDraft(undefined);
    },
    onChange: ({ target }: { target: { value: string } }) => {
      setDraft(target.value);
      window.clearTimeout(timer.current);
      timer.current = window.setTimeout(() => latest.current(), SILENCE);
    },
  };
  return (
    <div className="mark-field" data-part={part}>
      <label htmlFor={id}>{label}</label>
      {part === 'name' ? <input type="text" {...field} /> : <textarea rows={1} {...field} />}
    </div>
  );
}
