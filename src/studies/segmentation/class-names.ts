// Classes as people name them: by number, or by any of the names that a table gives them.
import { UserError, unknownName } from '../../base/errors.ts';

/** The names of a class: `building, edifice` has two. */
export function synonymsOf(name: string): string[] {
  return name.split(/[,;]/).map((each) => each.trim());
}

/** The name that a class is called by: the first of its synonyms. */
export function shortName(classes: readonly string[], number: number): string {
  return synonymsOf(classes[number] ?? String(number))[0]!;
}

/**
 * Find the number of a class that is given by its number or one of its names.
 * @throws {UserError} for a class that does not exist, naming the nearest ones
 */
export function classNumber(given: string | number, classes: readonly string[]): number {
  const number = typeof given === 'number' ? given : /^\d+$/.test(given) ? Number(given) : -1;
  if (typeof given === 'number' || number >= 0) {
    if (Number.isInteger(number) && number >= 1 && number < classes.length) return number;
    throw new UserError(`unknown class ${given}: there are 1 to ${classes.length - 1}`, {
      hint: number === 0 ? 'class 0 is what was not labelled' : undefined,
    });
  }
  const wanted = given.trim().toLowerCase();
  const found = classes.findIndex(
    (name, i) =>
      i > 0 &&
      (name.toLowerCase() === wanted ||
        synonymsOf(name).some((each) => each.toLowerCase() === wanted)),
  );
  if (found > 0) return found;
  throw unknownName('class', given, classes.slice(1).flatMap(synonymsOf));
}
