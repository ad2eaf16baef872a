import { Spread } from '../../../shared/histogram.tsx';
import { showToken } from '../../../shared/tokens.ts';
import { Section, type SectionProps } from './section.tsx';
import { WeightTable } from './weight-table.tsx';

/** What a feature writes: the tokens it makes likelier and less likely, and how all logits are spread. */
export function Logits({ chunk, feature }: SectionProps) {
  const { logits } = feature;
  if (logits === undefined) return null;
  const { heights, low, high } = logits;
  return (
    <Section name="Logits" heading="What it makes likelier, and less likely">
      <WeightTable table={logits} nameOf={(token) => showToken(chunk.vocabulary[token]!)} />
      <Spread
        counts={heights}
        range={[low, high]}
        marks={low < 0 && high > 0 ? [{ name: 'zero', at: 0 }] : []}
      >
        what it adds to the logits of all tokens; the line is 0
      </Spread>
    </Section>
  );
}
