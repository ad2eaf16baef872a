import { memo } from 'react';
import type { TextPageIndex } from '../../../../src/pages/feature-page.ts';
import { tokensOf } from '../../examples/contexts.ts';
import { TokenLine } from '../../examples/token-line.tsx';
import { tintOf } from '../../examples/token-span.tsx';
import { isLoaded, useFeature } from '../use-feature.ts';
import './text-card.css';

const LINES = 4;
const REACH = 12;

/** The best examples of a feature, a line each. */
export const TextCard = memo(function TextCard(props: {
  index: TextPageIndex;
  position: number;
  opacity: number | undefined;
}) {
  const { index, position, opacity } = props;
  const loaded = useFeature(index, position);
  if (!isLoaded(loaded)) return <span className="concordance" />;
  const { chunk, feature } = loaded;
  const tint = tintOf(index, feature, opacity);
  return (
    <span className="concordance">
      {feature.groups[0]?.examples.slice(0, LINES).map((example) => (
        <TokenLine
          key={example.text}
          tokens={tokensOf(chunk, example)}
          at={example.at}
          tint={tint}
          reach={REACH}
        />
      ))}
    </span>
  );
});
