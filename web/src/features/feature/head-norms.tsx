import { formatValue } from '../../shared/format.ts';

/** How much of what a feature reads each attention head could write: a row for each layer. */
export function HeadNorms({ norms, nHeads }: { norms: readonly number[]; nHeads: number }) {
  const layers = norms.length / nHeads;
  const largest = Math.max(...norms);
  const strongest = norms.indexOf(largest);
  const name = (i: number): string => `${Math.floor(i / nHeads)}.${i % nHeads}`;
  const size = 18;
  const left = 22;
  const top = 16;
  return (
    <figure className="spread">
      <svg
        className="head-norms"
        viewBox={`0 0 ${left + nHeads * size} ${top + layers * size}`}
        style={{ maxWidth: (left + nHeads * size) * 1.4 }}
        role="img"
        aria-label={`Norms through ${norms.length} heads: the largest is ${formatValue(largest)}, of head ${name(strongest)}`}
      >
        {Array.from({ length: nHeads }, (_, head) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a head is its number
          <text key={head} x={left + (head + 0.5) * size} y={top - 5} textAnchor="middle">
            {head}
          </text>
        ))}
        {Array.from({ length: layers }, (_, layer) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a layer is its number
          <text key={layer} x={left - 6} y={top + (layer + 0.68) * size} textAnchor="end">
            {layer}
          </text>
        ))}
        {norms.map((norm, i) => (
          <rect
            key={name(i)}
            x={left + (i % nHeads) * size}
            y={top + Math.floor(i / nHeads) * size}
            width={size - 1}
            height={size - 1}
            style={{ fill: `rgb(var(--heat) / ${largest > 0 ? norm / largest : 0})` }}
          >
            <title>{`head ${name(i)}  ${formatValue(norm)}`}</title>
          </rect>
        ))}
      </svg>
      <figcaption>‖W_V W_O v‖ of each head; rows are layers</figcaption>
    </figure>
  );
}
