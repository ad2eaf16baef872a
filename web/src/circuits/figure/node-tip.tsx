import type { RefObject } from 'react';
import { formatValue } from '../../shared/format.ts';
import { showToken } from '../../shared/tokens.ts';
import type { CircuitGraph, CircuitNode } from '../graph.ts';
import { KINDS } from '../kinds.ts';
import { shareText } from '../panel/tabs/balance.ts';
import { AXES, type PlacedNode } from './layout.ts';
import './node-tip.css';

const WIDTH = 260;

/** What the node under the pointer is, beside it. */
export function NodeTip(props: {
  place: PlacedNode;
  graph: CircuitGraph;
  zoom: number;
  view: RefObject<HTMLDivElement | null>;
  selected: CircuitNode | undefined;
}) {
  const { place, graph, zoom, view, selected } = props;
  const { node } = place;
  const x = place.x * zoom;
  const y = place.y * zoom;
  const scroller = view.current;
  const right = (scroller?.scrollLeft ?? 0) + (scroller?.clientWidth ?? 0) - AXES.width;
  const bottom = (scroller?.scrollTop ?? 0) + (scroller?.clientHeight ?? 0) - AXES.height;
  const left = x + WIDTH + 20 > right ? Math.max(4, x - WIDTH - 14) : x + 14;
  const edge =
    selected?.inputs.find(({ source }) => source === node) ??
    selected?.outputs.find(({ target }) => target === node);
  return (
    <div
      className="node-tip"
      style={{
        left: left + AXES.width,
        width: WIDTH,
        ...(y > bottom - 90 ? { bottom: `calc(100% - ${y}px)` } : { top: y + 10 }),
      }}
    >
      <b>{node.label}</b>
      <span>
        {KINDS[node.kind].title}
        {node.position !== undefined &&
          ` at ${node.position} “${showToken(graph.tokens[node.position]!)}”`}
      </span>
      {node.data.activation != null && <span>Activation {formatValue(node.data.activation)}</span>}
      {edge !== undefined && (
        <span>
          {edge.source === node ? 'Gives' : 'Gets'} {formatValue(edge.weight)}
          {shareText(edge) !== '' &&
            `, ${shareText(edge)} of ${edge.source === node ? 'it' : 'what this is'}`}
        </span>
      )}
    </div>
  );
}
