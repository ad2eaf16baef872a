// The built pages of web/ without their data.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { UserError } from '../base/errors.ts';

/** Pages that are built. */
export type PageName = 'features' | 'circuits' | 'scores' | 'runs' | 'workbench';

/** Where the data goes. */
const PLACE = '<!--saev-data-->';

/**
 * Read the page `name`: from `path`, or the one built with this package.
 * @throws {UserError} when it has not been built, or is no template.
 */
export async function readTemplate(
  name: PageName,
  path: string = builtPage(name),
): Promise<string> {
  let template: string;
  try {
    template = await readFile(path, 'utf8');
  } catch (cause) {
    throw new UserError(`missing page template: '${path}'`, {
      hint: "run 'npm run build:web' first",
      cause,
    });
  }
  if (!template.includes(PLACE)) {
    throw new UserError(`invalid page template: '${path}'`, { hint: `it has no ${PLACE}` });
  }
  return template;
}

/** Put data into a page. */
export function fillTemplate(template: string, islands: readonly string[]): string {
  return template.replace(PLACE, () => islands.join('\n'));
}

function builtPage(name: string): string {
  const url = new URL(`../web/${name}.html`, import.meta.url);
  // From the sources, the built page is under dist/.
  if (import.meta.url.endsWith('.ts'))
    url.pathname = url.pathname.replace('/src/web/', '/dist/web/');
  return fileURLToPath(url);
}
