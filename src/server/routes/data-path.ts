// Paths of data: as an address with places for the router, and filled in for one piece of data.
import type { Places } from './route.ts';

/** What the address of a piece of data looks like. */
export interface DataPattern {
  /** In the words of the router. */
  readonly pattern: string;
  /** Whether it is a file, not JSON. */
  readonly isFile: boolean;
  /** Read the places from what the router found. */
  placesOf(found: Places): Places;
}

/** Make the pattern of a route's path, `features/:id/pictures/:n.jpg` or `runs/:id`, which stands for `runs/:id.json`. */
export function dataPattern(path: string): DataPattern {
  const isFile = isFilePath(path);
  const file = isFile ? path : `${path}.json`;
  const [, before, name, extension] = /^(.*\/|):(\w+)(\.\w+)$/.exec(file) ?? [];
  if (name === undefined) return { pattern: file, isFile, placesOf: (found) => found };
  return {
    pattern: `${before}:${name}{[^/]+\\${extension}}`,
    isFile,
    placesOf: (found) => ({ ...found, [name]: found[name]!.slice(0, -extension!.length) }),
  };
}

/** Whether a route's path is that of a file: it ends with its extension. */
export function isFilePath(path: string): boolean {
  return /\.\w+$/.test(path);
}

/** The path of one piece of data. */
export function fillPath(path: string, places: Places): string {
  return path.replace(/:(\w+)/g, (_, name: string) => {
    const place = places[name];
    if (place === undefined) throw new TypeError(`${path} without a ${name}`);
    return place;
  });
}
