import type { NodeKind } from '../graph.ts';
import './shape.css';

/** The outline of each kind around 0 0, in pixels; logits and vectors are boxes with a text on them. */
const OUTLINES: Readonly<Record<Exclude<NodeKind, 'logit' | 'vector' | 'feature'>, string>> = {
  head: 'M0-7 7 0 0 7-7 0Z',
  error: 'M-5-5 5 5M5-5-5 5',
  bias: 'M-6-2.5H6V2.5H-6Z',
  embedding: 'M-5.5-5.5H5.5V5.5H-5.5Z',
  position: 'M0-6 6 5H-6Z',
};

/** The sign of a node's kind, around 0 0. */
export function Shape({ kind, text }: { kind: NodeKind; text?: string }) {
  if (kind === 'feature') return <circle className="shape" r={6} />;
  if (kind !== 'logit' && kind !== 'vector') return <path className="shape" d={OUTLINES[kind]} />;
  if (text === undefined)
    return <rect className="shape" x={-8} y={-5} width={16} height={10} rx={3} />;
  return (
    <>
      <rect className="shape" x={-29} y={-11} width={58} height={22} rx={5} />
      <text textAnchor="middle" dominantBaseline="central">
        {text}
      </text>
    </>
  );
}

/** The sign as a picture in a text. */
export function ShapeIcon({ kind }: { kind: NodeKind }) {
  return (
    <svg className="node shape-icon" data-kind={kind} viewBox="-9 -9 18 18" aria-hidden="true">
      <Shape kind={kind} />
    </svg>
  );
}
