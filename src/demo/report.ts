// The demo's report, for people.
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { percent } from '../base/text.ts';
import { type DemoReport, type DemoRun, FOUND } from './vision.ts';
import { whereToLook } from './where-to-look.ts';

/** Lines that say what was found, how well, and where to look at it. */
export function describeDemo({ runs, best, nConcepts, page, head, out }: DemoReport): string[] {
  return [
    '',
    'Autoencoders trained:',
    row(['sparsity', 'L0', 'norm. MSE', 'dead', `concepts found (F1 ≥ ${FOUND})`]),
    ...runs.map((run) =>
      row([
        `${run.sparsityCoeff}`,
        run.l0.toFixed(1),
        run.normalizedMse.toFixed(3),
        `${run.nDead}`,
        `${run.found} of ${nConcepts}${run === best ? '  ← shown on the page' : ''}`,
      ]),
    ),
    '',
    'The best latent for each concept, chosen on half of the images and measured on the other half:',
    row(['concept', 'latent', 'F1', 'precision', 'recall']),
    ...conceptRows(best),
    '',
    `${best.found} of ${nConcepts} concepts have a latent with F1 ≥ ${FOUND}.`,
    `A segmentation head tells ${head.nClasses} classes, ${percent(head.accuracy)} of the pixels: Edit shows what it sees behind a feature that is turned.`,
    `Look at the features: ${pathToFileURL(resolve(page)).href}`,
    whereToLook(out),
  ];
}

function conceptRows({ concepts }: DemoRun): string[] {
  return concepts.map(({ kind, name, latent, f1, precision, recall }) =>
    row([`${kind}: ${name}`, `${latent}`, f1.toFixed(2), precision.toFixed(2), recall.toFixed(2)]),
  );
}

function row(cells: readonly string[]): string {
  return `  ${cells.map((cell, i) => (i === 0 ? cell.padEnd(22) : cell.padStart(9))).join('  ')}`;
}
