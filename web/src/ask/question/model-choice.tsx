// Which models are asked, side by side.
import { useState } from 'react';
import { ASK_LIMITS } from '../../../../src/pages/ask.ts';
import type { ModelEntry } from '../../../../src/pages/catalogue.ts';
import { Scroller } from '../../shared/controls/scroller.tsx';
import { formatCount } from '../../shared/format.ts';

/** With more models than this, a field finds them. */
const MANY = 8;

/** Choose one model or several. */
export function ModelChoice(props: {
  models: readonly ModelEntry[];
  chosen: readonly string[];
  onChoose: (models: readonly string[]) => void;
}) {
  const { models, chosen, onChoose } = props;
  const [query, search] = useState('');
  const words = query.toLowerCase().split(/\s+/);
  const found = models.filter((model) =>
    words.every((word) => textOf(model).toLowerCase().includes(word)),
  );
  const isFull = chosen.length >= ASK_LIMITS.models;
  return (
    <fieldset className="model-choice">
      <legend>Models</legend>
      {models.length > MANY && (
        <input
          type="search"
          aria-label="Find a model"
          placeholder="Find a model"
          value={query}
          onChange={(event) => search(event.target.value)}
        />
      )}
      <Scroller as="div" className="model-list">
        {found.map((model) => {
          const { id, title, fault, dSae } = model;
          const isOn = chosen.includes(id);
          return (
            <label key={id} title={textOf(model)}>
              <input
                type="checkbox"
                checked={isOn}
                disabled={fault !== undefined || (!isOn && isFull)}
                onChange={() =>
                  onChoose(isOn ? chosen.filter((each) => each !== id) : [...chosen, id])
                }
              />
              <span>
                {title}
                <small>{fault ?? `${aboutOf(model)}, ${formatCount(dSae)} latents`}</small>
              </span>
            </label>
          );
        })}
        {found.length === 0 && <p className="ask-hint">None of them is called so.</p>}
      </Scroller>
      {isFull && <p className="ask-hint">No more than {ASK_LIMITS.models} are asked at a time.</p>}
    </fieldset>
  );
}

function aboutOf({ model, place }: ModelEntry): string {
  return [model, place].filter((part) => part !== '').join(', ') || 'model unknown';
}

function textOf(entry: ModelEntry): string {
  return `${entry.title} ${aboutOf(entry)} ${entry.folder}`;
}
