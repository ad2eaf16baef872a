// docs/reference.md: every name of the library by part, with the first sentence of its docstring.
import type { Exported } from './exports.ts';

/** Write the page of the library's parts. */
export function referencePage(parts: ReadonlyMap<string, readonly Exported[]>): string {
  return [
    '# Names of the library',
    '',
    'Made by `npm run docs` from the docstrings; [library.md](library.md) tells how they go together, and',
    '`npm run docs:library` writes pages with every signature.',
    ...[...parts].flatMap(([part, names]) => ['', `## ${part}`, '', ...table(names)]),
    '',
  ].join('\n');
}

function table(names: readonly Exported[]): string[] {
  const rows = names.filter(({ kind }) => kind !== 'type');
  const types = names.filter(({ kind }) => kind === 'type').map(({ name }) => `\`${name}\``);
  return [
    '| name | does or is |',
    '| --- | --- |',
    ...rows.map(
      ({ name, kind, text }) =>
        `| \`${name}${kind === 'function' ? '()' : ''}\` | ${brief(text)} |`,
    ),
    ...(types.length > 0 ? ['', `Types: ${types.join(', ')}.`] : []),
  ];
}

/** The first sentence of a docstring, on one line. */
function brief(text: string): string {
  const line = text.replace(/\s+/g, ' ').replaceAll('|', '\\|');
  return /^.*?[.:](?= |$)/.exec(line)?.[0].replace(/:$/, '.') ?? line;
}
