// objectInfo150.txt of ADE20K: the classes of segmentation maps, one a line. Tab-separated, with a line of headings:
// `Idx Ratio Train Val Stuff Name`; synonyms in a name are separated by commas. Class 0 is nothing that was labelled.
import { join } from 'node:path';
import { UserError } from '../../base/errors.ts';
import { readText } from '../../base/files.ts';

/** Name of the table in the root of the tree. */
export const OBJECT_INFO = 'objectInfo150.txt';

/** Name of class 0. */
export const UNLABELLED = 'unlabelled';

/** No map of 8 bits has more. */
const MOST_CLASSES = 256;

/** One line of the table. */
export interface ObjectInfo {
  /** Number of the class in maps, from 1. */
  readonly index: number;
  /** Share of the labelled pixels. */
  readonly ratio: number;
  /** Images of either split that show it. */
  readonly train: number;
  readonly validation: number;
  /** Whether it is a material or a surface and no thing. */
  readonly stuff: boolean;
  /** Its names: `building, edifice`. */
  readonly name: string;
}

/**
 * Read the names of the classes of an ADE20K tree by their numbers, 0 being `unlabelled`. Only the columns `Idx` and
 * `Name` are needed.
 * @throws {UserError} when the table is missing or damaged, and for numbers that are missing or stand there twice.
 */
export async function readClassNames(root: string): Promise<string[]> {
  const path = join(root, OBJECT_INFO);
  const lines = (await readText(path, 'table of classes'))
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/);
  const headings = (lines[0] ?? '').split('\t').map((heading) => heading.trim());
  const idx = headings.indexOf('Idx');
  const name = headings.indexOf('Name');
  if (idx < 0 || name < 0)
    throw invalid(path, `its first line is '${lines[0]}'`, 'it holds Idx and Name between tabs');
  const names: string[] = [UNLABELLED];
  for (const [i, line] of lines.entries()) {
    if (i === 0 || line.trim() === '') continue;
    const cells = line.split('\t').map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
    const number = Number(cells[idx]);
    const text = cells[name];
    if (!(Number.isInteger(number) && number > 0 && number < MOST_CLASSES) || !text)
      throw invalid(
        path,
        `line ${i + 1} is '${line}'`,
        'a class has a number from 1 to 255 and a name',
      );
    if (names[number] !== undefined) throw invalid(path, `class ${number} stands there twice`);
    names[number] = text;
  }
  const gap = names.findIndex((each) => each === undefined);
  if (gap >= 0) throw invalid(path, `class ${gap} is missing`);
  if (names.length === 1) throw invalid(path, 'it lists no class');
  return names;
}

/** Write the table as the benchmark does. */
export function objectInfoText(classes: readonly ObjectInfo[]): string {
  const rows = classes.map(({ index, ratio, train, validation, stuff, name }) =>
    [index, ratio.toFixed(4), train, validation, stuff ? 1 : 0, name].join('\t'),
  );
  return `${['Idx\tRatio\tTrain\tVal\tStuff\tName', ...rows].join('\n')}\n`;
}

function invalid(path: string, what: string, hint?: string): UserError {
  return new UserError(`invalid table of classes '${path}': ${what}`, { hint });
}
