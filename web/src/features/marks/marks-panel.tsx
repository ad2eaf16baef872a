import { type ChangeEvent, useRef, useState } from 'react';
import { changesTo, checkCoder, checkMarks } from '../../../../src/pages/marks.ts';
import { Switch } from '../../shared/controls/switch.tsx';
import { formatCount } from '../../shared/format.ts';
import { useSource } from '../feature-source.ts';
import type { ChangeView, ViewState } from '../view-state.ts';
import { useMarks } from './use-marks.tsx';
import './marks-panel.css';

/** The bookmarked features alone, and marks as a file to take away and to bring. */
export function MarksPanel({ state, change }: { state: ViewState; change: ChangeView }) {
  const { marks, error, change: changeMarks } = useMarks();
  const { index } = useSource();
  const [said, setSaid] = useState('');
  const file = useRef<HTMLInputElement>(null);
  const all = Object.values(marks.features);
  const nBookmarked = all.filter(({ bookmarked }) => bookmarked).length;

  const bring = async ({ target }: ChangeEvent<HTMLInputElement>): Promise<void> => {
    const chosen = target.files?.[0];
    if (chosen === undefined) return;
    try {
      const found = checkCoder(checkMarks(JSON.parse(await chosen.text())), index.coder);
      changeMarks(changesTo(marks, found));
      setSaid(`${formatCount(Object.keys(found.features).length)} marks imported.`);
    } catch (error) {
      const reason = error instanceof SyntaxError ? 'it is no JSON' : (error as Error).message;
      setSaid(`${chosen.name} was not imported: ${reason}.`);
    }
    target.value = '';
  };
  return (
    <div className="marks-panel">
      <Switch
        isOn={state.bookmarked}
        title="List only bookmarked features"
        onSwitch={(bookmarked) => change({ bookmarked })}
      >
        Bookmarked ({formatCount(nBookmarked)})
      </Switch>
      <span className="marks-files">
        <button
          type="button"
          className="quiet"
          disabled={all.length === 0}
          title="Bookmarks, names and notes as a file"
          onClick={() => save(`${index.title} marks.json`, JSON.stringify(marks, null, 2))}
        >
          Export
        </button>
        <button
          type="button"
          className="quiet"
          title="Bookmarks, names and notes from a file that was exported"
          onClick={() => file.current?.click()}
        >
          Import
        </button>
        <input
          ref={file}
          type="file"
          accept="application/json,.json"
          aria-label="File of marks"
          hidden
          onChange={(event) => void bring(event)}
        />
      </span>
      <p role="status" className="marks-said">
        {said || (error !== undefined && `Marks are not kept: ${error}.`)}
      </p>
    </div>
  );
}

/** Let the browser save a text as a file. */
function save(name: string, text: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  link.download = name.replace(/[^\p{L}\p{N}. _-]+/gu, '-');
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
