import { useRef } from 'react';
import { useKeyHint } from '../../shared/shortcuts.ts';
import type { CircuitSource, Open } from '../circuit-source.ts';
import { ChangedDialog } from './changed-dialog.tsx';
import { downloadGraph } from './graph-file.ts';
import type { MarksState, MarksStore, Opening } from './use-marks.ts';
import './marks-bar.css';

/** Where the marks are, and the ways to a file. */
export function MarksBar(props: {
  store: MarksStore;
  opening: Opening;
  source: CircuitSource;
  notice: string | undefined;
  /** Why a file could not be opened. */
  fault: string | undefined;
  onOpen: Open;
  onFile: ((file: File) => void) | undefined;
}) {
  const { store, opening, source, notice, onOpen, onFile } = props;
  const { state, save, undo, changed } = store;
  const error = props.fault ?? store.error;
  const field = useRef<HTMLInputElement>(null);
  const keyHint = useKeyHint();
  const said = error ?? (state === 'filed' ? notice : undefined);
  const showFiled = (): void => {
    store.forgetDraft();
    onOpen(source, { said: 'Shown as it is in the file.' });
  };
  return (
    <div className="marks-bar">
      <p role={error === undefined ? 'status' : 'alert'}>{said ?? stateText(state, source)}</p>
      {opening.isApart && (state === 'kept' || state === 'lost') && (
        <p>
          The file was marked otherwise since.{' '}
          <button type="button" className="quiet" onClick={showFiled}>
            Show what is in the file
          </button>
        </p>
      )}
      <div className="marks-ways">
        {undo !== undefined && (
          <button type="button" title={keyHint('Take the last change back', 'z')} onClick={undo}>
            Undo
          </button>
        )}
        {source.save !== undefined && (
          <button
            type="button"
            title={keyHint('Save into graph.json', 's')}
            disabled={save === undefined || state === 'filed'}
            onClick={save}
          >
            Save
          </button>
        )}
        <button type="button" onClick={() => downloadGraph(source.island.graph, store.marks)}>
          Download graph.json
        </button>
        {onFile !== undefined && (
          <>
            <button type="button" onClick={() => field.current?.click()}>
              Open a file…
            </button>
            <input
              ref={field}
              type="file"
              accept=".json,application/json"
              aria-label="File of a graph"
              hidden
              onChange={({ target }) => {
                const [file] = target.files ?? [];
                target.value = '';
                if (file !== undefined) onFile(file);
              }}
            />
          </>
        )}
      </div>
      {changed !== undefined && (
        <ChangedDialog
          onTheirs={() => {
            store.forgetDraft();
            onOpen(changed, { said: 'Shown as it is in the file now.' });
          }}
          onMine={store.saveOver}
          onClose={store.forgetChanged}
        />
      )}
    </div>
  );
}

function stateText(state: MarksState, { save }: CircuitSource): string {
  const texts: Readonly<Record<MarksState, string>> = {
    filed:
      save === undefined
        ? 'Pins, supernodes, labels and notes are kept in this browser.'
        : 'As in graph.json',
    address: 'The address pins other nodes than the file.',
    kept:
      save === undefined
        ? 'Kept in this browser; download graph.json to keep it elsewhere.'
        : 'Kept in this browser, not yet in graph.json',
    lost: 'This browser keeps nothing: what is marked goes with the page unless it is saved.',
    saving: 'Saving…',
  };
  return texts[state];
}
