// What a probe of texts says to a person.
import { short } from '../../base/text.ts';
import type { TextFinding, TextProbe } from './tell-texts.ts';

/** Write what was found as lines: the latents of either side, each with its strongest tokens. */
export function textLines(probe: TextProbe): string[] {
  const { nWith, nWithout, point, model, csv } = probe;
  return [
    `Latents of ${point} in ${model} that fire for the ${nWith} texts with the property:`,
    ...probe.with.flatMap(findingLines),
    `and for the ${nWithout} without it:`,
    ...probe.without.flatMap(findingLines),
    `All latents: ${csv}`,
  ];
}

function findingLines({
  latent,
  threshold,
  f1,
  auc,
  meanDifference,
  tokens,
}: TextFinding): string[] {
  return [
    `  ${String(latent).padStart(6)} > ${short(threshold)}: F1 ${f1.toFixed(3)}, AUC ${auc.toFixed(3)}, mean difference ${short(meanDifference)}`,
    ...tokens.map(
      ({ before, token, after, value }) =>
        `          ${short(value)}  ${oneLine(before)}[${oneLine(token)}]${oneLine(after)}`,
    ),
  ];
}

const oneLine = (text: string): string => text.replaceAll(/[\r\n]/g, '⏎');
