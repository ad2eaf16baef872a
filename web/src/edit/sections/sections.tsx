// The kinds of sections. A new one is a file beside this one and an entry here.
import type { ReactNode } from 'react';
import type { EditAnswer, EditSection } from '../../../../src/pages/edit.ts';
import { Change } from './change.tsx';
import { Classes } from './classes.tsx';
import { Continuation } from './continuation.tsx';
import { Loss } from './loss.tsx';
import { NextTokens } from './next-tokens.tsx';
import type { SectionProps, ShownSection } from './section.ts';
import { Segmentation } from './segmentation.tsx';
import { ZeroShot } from './zero-shot.tsx';

const SECTIONS: { readonly [Kind in EditSection['kind']]: ShownSection<Kind>['View'] } = {
  segmentation: Segmentation,
  classes: Classes,
  'zero-shot': ZeroShot,
  'next-tokens': NextTokens,
  loss: Loss,
  continuation: Continuation,
  change: Change,
};

/** Everything that an answer has to show. */
export function Sections(props: {
  answer: EditAnswer;
  headName: (id: string) => string;
}): ReactNode {
  const { answer, headName } = props;
  return answer.sections.map((section, i) => {
    // Each component gets the section of its own kind.
    const View = SECTIONS[section.kind] as (props: SectionProps<EditSection['kind']>) => ReactNode;
    // biome-ignore lint/suspicious/noArrayIndexKey: the sections of a model stay in their order
    return <View key={`${section.kind} ${i}`} {...{ section, seen: answer.seen, headName }} />;
  });
}
