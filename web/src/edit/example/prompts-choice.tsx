import { useState } from 'react';
import type { EditState } from '../edit-state.ts';
import './prompts-choice.css';

/** Prompts that are compared at a time. */
export const MOST_PROMPTS = 32;

/** Type the texts that an image is compared with, one a line, and sentences around them. */
export function PromptsChoice(props: {
  state: Pick<EditState, 'prompts' | 'templates'>;
  onChange: (change: Partial<EditState>) => void;
  /** Why they cannot be compared here. */
  refused: string | undefined;
}) {
  const { state, onChange, refused } = props;
  const { prompts, templates } = state;
  const odd = templates.find((template) => !template.includes('{}'));
  return (
    <section className="prompts-choice" aria-label="Prompts">
      <h2>Prompts</h2>
      {refused !== undefined ? (
        <p className="edit-note">{refused}</p>
      ) : (
        <>
          <Lines
            label="Prompts, one a line"
            placeholder={'a photo of a cat\na photo of a dog'}
            rows={3}
            lines={prompts}
            onLines={(lines) => onChange({ prompts: lines })}
          />
          {prompts.length > MOST_PROMPTS && (
            <p className="edit-note">
              {MOST_PROMPTS} prompts are compared at a time: the last{' '}
              {prompts.length - MOST_PROMPTS} are left out.
            </p>
          )}
          <details open={templates.length > 0 || undefined}>
            <summary>Templates</summary>
            <Lines
              label="Templates, one a line"
              placeholder="a photo of a {}"
              rows={2}
              lines={templates}
              onLines={(lines) => onChange({ templates: lines })}
            />
            <p className="edit-note">
              {odd === undefined
                ? 'Sentences around each prompt, {} in its place. Of several the mean is taken.'
                : `“${odd}” is not used: a template has {} where the prompt goes.`}
            </p>
          </details>
        </>
      )}
    </section>
  );
}

/** A field of lines, of which empty ones count for nothing. */
function Lines(props: {
  label: string;
  placeholder: string;
  rows: number;
  lines: readonly string[];
  onLines: (lines: readonly string[]) => void;
}) {
  const { label, placeholder, rows, lines, onLines } = props;
  const [draft, setDraft] = useState('');
  const said = lines.join('\n');
  // What is typed stays as it is, but for another state that comes from the address.
  const shown = linesOf(draft).join('\n') === said ? draft : said;
  return (
    <textarea
      aria-label={label}
      {...{ placeholder, rows }}
      value={shown}
      maxLength={20_000}
      spellCheck={false}
      onChange={({ target }) => {
        setDraft(target.value);
        onLines(linesOf(target.value));
      }}
    />
  );
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/\s+/g, ' ').trim())
    .filter((line) => line !== '');
}
