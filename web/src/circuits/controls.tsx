import type { RefObject } from 'react';
import { SearchField } from '../shared/controls/search-field.tsx';
import { Segments } from '../shared/controls/segments.tsx';
import { formatCount, formatShare } from '../shared/format.ts';
import { useKeyHint } from '../shared/shortcuts.ts';
import { type ChangeCircuit, type CircuitState, ZOOM } from './circuit-state.ts';
import './controls.css';

/** Stops of the slider for edges: shares of the target's inputs. */
const EDGE_STOPS = [0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.3, 0.5];

/** Search, thresholds with what they leave, and zoom. */
export function Controls(props: {
  state: CircuitState;
  change: ChangeCircuit;
  influence: number;
  counts: { nodes: number; allNodes: number; edges: number; allEdges: number };
  nPins: number;
  found: number | undefined;
  zoom: number;
  searchRef: RefObject<HTMLInputElement | null>;
  onSearch: () => void;
  onZoom: (factor: number) => void;
  onFit: () => void;
}) {
  const { state, change, influence, counts, nPins, found, zoom, searchRef } = props;
  const keyHint = useKeyHint();
  const stop = EDGE_STOPS.findLastIndex((share) => share <= state.edge);
  return (
    <div className="circuit-controls">
      <div className="node-find">
        <SearchField
          fieldRef={searchRef}
          name="Search nodes by label, token or LAYER/INDEX"
          placeholder="Label, token, 8/89…"
          query={state.query}
          onChange={(query) => change({ query })}
          onEnter={props.onSearch}
        />
        {found !== undefined && (
          <span className="found" role="status">
            {formatCount(found)} found
          </span>
        )}
      </div>
      <label
        className="slider"
        title="Nodes, most influential first, until they have this share of all influence"
      >
        <span>
          Influence <b>{formatShare(influence)}</b>
        </span>
        <input
          type="range"
          min={0.01}
          max={1}
          step={0.01}
          value={influence}
          aria-valuetext={`nodes with ${formatShare(influence)} of the influence`}
          onChange={(event) => change({ influence: event.target.valueAsNumber })}
        />
        <small role="status">
          {formatCount(counts.nodes)} of {formatCount(counts.allNodes)} nodes
        </small>
      </label>
      <label
        className="slider"
        title="Edges that have at least this share of the sizes of their target's inputs, signs aside"
      >
        <span>
          Edges from <b>{formatShare(state.edge)}</b>
        </span>
        <input
          type="range"
          min={0}
          max={EDGE_STOPS.length - 1}
          step={1}
          value={stop}
          aria-valuetext={`edges of at least ${formatShare(state.edge)} of their target's inputs`}
          onChange={(event) => change({ edge: EDGE_STOPS[event.target.valueAsNumber]! })}
        />
        <small role="status">
          {formatCount(counts.edges)} of {formatCount(counts.allEdges)} edges
        </small>
      </label>
      <button
        type="button"
        className="only-pins"
        aria-pressed={state.isOnlyPins && nPins > 0}
        title="Show pinned nodes and supernodes alone, with the edges between them"
        disabled={nPins === 0}
        onClick={() => change({ isOnlyPins: !state.isOnlyPins, zoom: undefined })}
      >
        Only pins
      </button>
      <Segments name="Zoom" className="zoom">
        <button
          type="button"
          aria-label="Smaller"
          title={keyHint('Smaller', '-')}
          disabled={zoom <= ZOOM.min}
          onClick={() => props.onZoom(1 / 1.25)}
        >
          −
        </button>
        <button type="button" title={keyHint('The whole figure', '0')} onClick={props.onFit}>
          Fit
        </button>
        <button
          type="button"
          aria-label="Larger"
          title={keyHint('Larger', '+')}
          disabled={zoom >= ZOOM.max}
          onClick={() => props.onZoom(1.25)}
        >
          +
        </button>
      </Segments>
    </div>
  );
}
