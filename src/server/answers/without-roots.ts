// Sentences for visitors, who need not know where folders lie on this machine.
import { basename, sep } from 'node:path';
import type { Workbench } from '../workbench.ts';

/** Write a sentence without the places of the opened folders: they begin at the folder's own name. */
export function withoutRoots(sentence: string, { roots }: Pick<Workbench, 'roots'>): string {
  return roots.reduce((said, root) => {
    const name = basename(root);
    return said.replaceAll(root + sep, `${name}/`).replaceAll(`'${root}'`, `'${name}'`);
  }, sentence);
}
