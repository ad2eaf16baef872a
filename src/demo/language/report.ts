// The report of the demo of texts, for people.
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { percent, signed } from '../../base/text.ts';
import { tableLines } from '../../circuits/replacement/table.ts';
import { whereToLook } from '../where-to-look.ts';
import type { Ablation } from './ablations.ts';
import type { CircuitReport } from './circuit.ts';
import { FOUND, type LanguageDemoReport } from './demo.ts';
import type { FoundConcept } from './knowledge.ts';

/** Lines that say what the transcoders cost, what was found and what was not, and where to look at it. */
export function describeLanguageDemo(report: LanguageDemoReport): string[] {
  const { transcoders, behaviours, nTexts, concepts, found, circuit, replacement, out } = report;
  return [
    '',
    'Transcoders trained:',
    row(['layer', 'L0', 'norm. MSE', 'dead']),
    ...transcoders.map(({ layer, l0, normalizedMse, nDead }) =>
      row([`${layer}`, l0.toFixed(1), normalizedMse.toFixed(4), `${nDead}`]),
    ),
    '',
    'What they cost the model, in nats a token:',
    ...tableLines(replacement),
    '',
    `Right decisions in ${nTexts} texts that nothing was trained on:`,
    row(['behaviour', 'decisions', 'model', 'replaced', 'silenced']),
    ...behaviours.map(({ behaviour, decisions, ...shares }) =>
      row([
        behaviour,
        `${decisions}`,
        percent(shares.clean),
        percent(shares.replaced),
        percent(shares.zeroed),
      ]),
    ),
    '',
    `Known structure that single features tell: ${found} of ${concepts.length} with F1 ≥ ${FOUND}, each feature chosen on half of the texts and measured on the other half.`,
    ...foundByKind(concepts),
    '',
    ...describeCircuit(circuit),
    '',
    ...report.dashboards.map(({ layer, page }) => `Features of layer ${layer}: ${address(page)}`),
    `The circuit: ${address(circuit.page)}`,
    whereToLook(out),
  ];
}

/** For each kind of concept those that were found and those that were not, with F1. */
function foundByKind(concepts: readonly FoundConcept[]): string[] {
  return [...new Set(concepts.map(({ kind }) => kind))].flatMap((kind) => {
    const ofKind = concepts.filter((concept) => concept.kind === kind);
    const list = (some: readonly FoundConcept[]): string =>
      some
        .map(({ name, layer, latent, f1 }) => `${name} ${f1.toFixed(2)} (${layer}/${latent})`)
        .join(', ') || 'none';
    return [
      `  ${kind}`,
      `    found      ${list(ofKind.filter(({ f1 }) => f1 >= FOUND))}`,
      `    not found  ${list(ofKind.filter(({ f1 }) => f1 < FOUND))}`,
    ];
  });
}

function describeCircuit(circuit: CircuitReport): string[] {
  const { prompt, difference, shares, rank, headReadsDecisive, others, scores } = circuit;
  const { clean, replaced, opposite } = difference;
  const logits = (size: number): string => size.toFixed(2);
  const own = shares[rank - 1]!;
  const second = shares.find(({ position }) => position !== own.position)!;
  return [
    `The circuit of${prompt.right} after "${prompt.text}":`,
    `  logit(${prompt.right.trim()}) − logit(${prompt.wrong.trim()}): ${signed(clean, logits)}; with all MLPs replaced ${signed(replaced, logits)}; with${prompt.opposite} for${prompt.decisive} ${signed(opposite, logits)}.`,
    `  ${circuit.nodes} nodes, ${circuit.edges} edges; replacement score ${percent(scores.replacement)}, completeness ${percent(scores.completeness)}.`,
    `  Of the influence that ends at tokens,${own.token}, which decides, has ${percent(own.share)}: place ${rank} of ${shares.length} (${rank === 1 ? 'next' : 'first'} is${second.token} with ${percent(second.share)}).`,
    `  The strongest head into the output ${headReadsDecisive ? 'reads' : 'does not read'} it.`,
    `  In ${others.first} of ${others.prompts} other prompts of the kind the bracket that decides has the largest share, ${percent(others.meanShare)} on average over all of them.`,
    '',
    '  Switched off in the model as it is, the difference falls by (edges: what flows straight into the output;',
    '  others: mean change, without its sign, for as many others at the same position):',
    row(['', 'edges', 'measured', 'others']),
    ...circuit.ablations.map(ablationRow),
  ];
}

function ablationRow({ what, edges, measured, control }: Ablation): string {
  return row([what, ...[edges, measured, control].map((value) => value.toFixed(2))]);
}

function row(cells: readonly string[]): string {
  return `  ${cells.map((cell, i) => (i === 0 ? cell.padEnd(26) : cell.padStart(9))).join('  ')}`;
}

function address(path: string): string {
  return pathToFileURL(resolve(path)).href;
}
