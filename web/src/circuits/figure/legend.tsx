import { KIND_NAMES, KINDS, type NodeKind } from '../graph.ts';
import { ShapeIcon } from '../parts/shape.tsx';
import './legend.css';

/** What shapes and colours mean. */
export function Legend({ kinds }: { kinds: ReadonlySet<NodeKind> }) {
  return (
    <ul className="legend" aria-label="Legend">
      {KINDS.filter((kind) => kinds.has(kind)).map((kind) => (
        <li key={kind}>
          <ShapeIcon kind={kind} /> {KIND_NAMES[kind]}
        </li>
      ))}
      <li>
        <i className="sample" data-sign="positive" /> adds
      </li>
      <li>
        <i className="sample" data-sign="negative" /> takes away
      </li>
    </ul>
  );
}
