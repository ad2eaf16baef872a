import type { ComponentType } from 'react';
import type { TextPageIndex } from '../../../../src/pages/feature-page.ts';
import { TextExamples } from '../../examples/text-examples.tsx';
import { tintOf } from '../../examples/token-span.tsx';
import { isLoaded, useFeature } from '../use-feature.ts';
import { type ChangeView, opacityOf, type ViewState } from '../view-state.ts';
import type { SectionProps } from './sections/section.tsx';
import { SECTIONS } from './sections/sections.ts';
import './text-feature.css';

/** A feature of texts: where it fires, and beside it what it writes and what it reads. */
export function TextFeatureBody(props: {
  index: TextPageIndex;
  position: number;
  state: ViewState;
  change: ChangeView;
}) {
  const { index, position, state, change } = props;
  const loaded = useFeature(index, position);
  if (!isLoaded(loaded)) return null;
  const { chunk, feature } = loaded;
  return (
    <div className="text-feature">
      <TextExamples
        chunk={chunk}
        feature={feature}
        tint={tintOf(index, feature, opacityOf(state))}
        chosen={state.band}
        open={state.open}
        onChoose={(band) => change({ band, open: [] })}
        onOpen={(open) => change({ open })}
      />
      <FeatureSections index={index} chunk={chunk} feature={feature} />
    </div>
  );
}

/** The sections of a feature, one below the other. */
export function FeatureSections({
  sections = SECTIONS,
  ...props
}: SectionProps & { sections?: readonly ComponentType<SectionProps>[] }) {
  return (
    <div className="feature-sections">
      {sections.map((Section, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the list never changes
        <Section key={i} {...props} />
      ))}
    </div>
  );
}
