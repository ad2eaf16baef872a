import { KIND_ORDER, KINDS, type NodeKind } from '../kinds.ts';
import { ShapeIcon } from '../parts/shape.tsx';
import './legend.css';

/** What shapes and colours mean. */
export function Legend({ kinds }: { kinds: ReadonlySet<NodeKind> }) {
  return (
    <ul className="legend" aria-label="Legend">
      {KIND_ORDER.filter((kind) => kinds.has(kind)).map((kind) => (
        <li key={kind}>
          <ShapeIcon kind={kind} /> {KINDS[kind].title}
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
