// What saev steer prints: a few lines for each thing that changed.
import { counted, percent } from '../../base/text.ts';
import type {
  ChangeSection,
  ClassesSection,
  ContinuationSection,
  EditAnswer,
  EditChange,
  EditSection,
  LossSection,
  NamedChange,
  NextTokensSection,
  SegmentationSection,
  ZeroShotSection,
} from '../../pages/edit.ts';

/** One example and what an edit did to it. */
export interface SteeredExample extends EditAnswer {
  readonly example: string;
  readonly changes: readonly EditChange[];
  /** Where pictures were written. */
  readonly folder?: string;
}

/** Describe an edit in lines; `isOneOf` several, the example is named, too. */
export function steeredLines(result: SteeredExample, isOneOf: boolean): string[] {
  const { example, changes, seen, nEdited, nTokens, sections, reasons, folder } = result;
  const what = seen.kind === 'image' ? ['patch', 'patches'] : ['token', 'tokens'];
  const set = changes.map(({ latent, value }) => `latent ${latent} = ${short(value)}`).join(', ');
  return [
    ...(isOneOf ? [`${example}:`] : []),
    changes.length === 0
      ? 'nothing is changed: the model as it is'
      : `${set} on ${nEdited} of ${counted(nTokens, what[0]!, what[1]!)}`,
    ...sections.flatMap((section) => linesOf(section, seen)),
    ...reasons,
    ...(folder === undefined ? [] : [`${folder}: pictures and edit.json`]),
  ];
}

function linesOf(section: EditSection, seen: EditAnswer['seen']): string[] {
  switch (section.kind) {
    case 'change':
      return changeLines(section, seen);
    case 'segmentation':
      return segmentationLines(section);
    case 'classes':
      return classesLines(section);
    case 'zero-shot':
      return zeroShotLines(section);
    case 'next-tokens':
      return nextTokenLines(section);
    case 'loss':
      return lossLines(section);
    case 'continuation':
      return continuationLines(section);
  }
}

function changeLines({ degrees, cls }: ChangeSection, seen: EditAnswer['seen']): string[] {
  const what = seen.kind === 'image' ? 'patch' : 'token';
  const most = [...degrees.entries()].sort(([, a], [, b]) => b - a).slice(0, 5);
  const mean = degrees.reduce((sum, x) => sum + x, 0) / Math.max(1, degrees.length);
  const shown = most.map(([at, x]) => `${at} (${x.toFixed(1)}°)`).join(', ');
  return [
    `${cls === undefined ? '' : `CLS turned by ${cls.toFixed(2)}°, `}a ${what} by ${mean.toFixed(2)}° on average; most: ${shown}`,
  ];
}

function segmentationLines(section: SegmentationSection): string[] {
  const { head, legend, changedPatches, changedPixels, moves } = section;
  const nameOf = (number: number): string =>
    legend.find((each) => each.class === number)?.name ?? String(number);
  return [
    `segmentation by ${head}: ${percent(changedPatches)} of patches and ${percent(changedPixels)} of pixels are seen as another class`,
    ...moves
      .slice(0, 8)
      .map(
        ({ from, to, patches }) =>
          `  ${nameOf(from)} → ${nameOf(to)}: ${counted(patches, 'patch', 'patches')}`,
      ),
  ];
}

function classesLines({ head, classes }: ClassesSection): string[] {
  return [`classes by ${head}:`, ...tableOf(classes)];
}

function zeroShotLines({ prompts }: ZeroShotSection): string[] {
  return ['prompts:', ...tableOf(prompts)];
}

function nextTokenLines({ tokens }: NextTokensSection): string[] {
  return [
    'next token:',
    ...tableOf(tokens.map((each) => ({ ...each, name: JSON.stringify(each.name) }))),
  ];
}

function tableOf(rows: readonly NamedChange[]): string[] {
  const width = Math.max(0, ...rows.map(({ name }) => name.length));
  return rows.map(
    ({ name, before, after }) =>
      `  ${name.padEnd(width)}  ${percent(before).padStart(6)} → ${percent(after).padStart(6)}`,
  );
}

function lossLines({ before, after }: LossSection): string[] {
  return [`loss of the text: ${before.toFixed(3)} → ${after.toFixed(3)} nats a token`];
}

function continuationLines({ before, after }: ContinuationSection): string[] {
  return [
    'continuation:',
    `  before: ${JSON.stringify(before.join(''))}`,
    `  after:  ${JSON.stringify(after.join(''))}`,
  ];
}

function short(value: number): string {
  return String(Number(value.toPrecision(5)));
}
