import { formatValue } from '../../../shared/format.ts';
import { showToken } from '../../../shared/tokens.ts';
import { Section, type SectionProps } from './section.tsx';
import { WeightTable } from './weight-table.tsx';
import './heads.css';

/** The heads that a feature reads through, and the tokens it reads through the strongest of them. */
export function Heads({ index, chunk, feature }: SectionProps) {
  const { heads } = feature;
  if (heads === undefined) return null;
  return (
    <Section name="Heads" heading="Heads it reads through">
      <HeadNorms norms={heads.norms} nHeads={index.texts.nHeads} />
      {heads.strongest.map(({ layer, head, ...table }) => (
        <details key={`${layer}.${head}`}>
          <summary>
            Tokens through head {layer}.{head}
          </summary>
          <WeightTable table={table} nameOf={(token) => showToken(chunk.vocabulary[token]!)} />
        </details>
      ))}
    </Section>
  );
}

/** How much of what a feature reads each attention head could write: a row for each layer. */
function HeadNorms({ norms, nHeads }: { norms: readonly number[]; nHeads: number }) {
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
