import { KINDS, type NodeKind } from '../kinds.ts';
import './shape.css';

/** The sign of a node's kind, around 0 0. */
export function Shape(props: { kind: NodeKind; text?: string | undefined; width?: number }) {
  const { kind, text, width = 58 } = props;
  const { sign } = KINDS[kind];
  if (sign === 'circle') return <circle className="shape" r={6} />;
  if (sign !== 'box') return <path className="shape" d={sign} />;
  if (text === undefined)
    return <rect className="shape" x={-8} y={-5} width={16} height={10} rx={3} />;
  return (
    <>
      <rect className="shape" x={-width / 2} y={-11} width={width} height={22} rx={5} />
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
