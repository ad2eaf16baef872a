import { memo } from 'react';
import { formatValue } from '../../shared/format.ts';
import type { CircuitEdge, CircuitNode } from '../graph.ts';
import type { Layout } from './layout.ts';
import './edge-paths.css';

/** An edge and the curve it is drawn along. */
export interface DrawnEdge {
  readonly edge: CircuitEdge;
  /** `x0 y0 x1 y1 x2 y2 x3 y3`, a cubic curve from the source up to the target. */
  readonly curve: readonly [number, number, number, number, number, number, number, number];
}

/** Curves of the edges whose ends are placed. Edges within a row bend above it. */
export function drawEdges(edges: readonly CircuitEdge[], layout: Layout): DrawnEdge[] {
  const places = new Map(layout.placed.map((place) => [place.node, place]));
  const at = (node: CircuitNode) => places.get(node);
  return edges.flatMap((edge) => {
    const from = at(edge.source);
    const to = at(edge.target);
    if (from === undefined || to === undefined) return [];
    const rise = to.y - from.y;
    const bend = Math.abs(rise) < 30 ? -30 : rise * 0.5;
    const end = Math.abs(rise) < 30 ? to.y - 30 : to.y - rise * 0.5;
    return [{ edge, curve: [from.x, from.y, from.x, from.y + bend, to.x, end, to.x, to.y] }];
  });
}

/** Width of an edge in pixels, by its share of the target's inputs. */
export function edgeWidth(share: number): number {
  return 0.8 + 5 * Math.min(1, share) ** 0.7;
}

/** The curve as an SVG path. */
export function pathOf([x0, y0, x1, y1, x2, y2, x3, y3]: DrawnEdge['curve']): string {
  return `M${x0} ${y0}C${x1} ${y1} ${x2} ${y2} ${x3} ${y3}`;
}

/** The edges of one node, in full colour. */
export const EdgePaths = memo(function EdgePaths(props: {
  edges: readonly DrawnEdge[];
  className: string;
}) {
  return (
    <g className={props.className} fill="none">
      {props.edges.map(({ edge, curve }) => (
        <path
          key={`${edge.source.n} ${edge.target.n}`}
          className="edge"
          data-sign={edge.weight > 0 ? 'positive' : 'negative'}
          d={pathOf(curve)}
          strokeWidth={edgeWidth(edge.share)}
        >
          <title>{`${edge.source.label} → ${edge.target.label}: ${formatValue(edge.weight)}`}</title>
        </path>
      ))}
    </g>
  );
});
