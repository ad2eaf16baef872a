import { memo } from 'react';
import { formatValue } from '../shared/format.ts';
import { type DrawnEdge, edgeWidth, pathOf } from './edge-shapes.ts';

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
