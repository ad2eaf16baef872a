// What lies below the opened folders: every folder that one of the kinds knows.
import type { Dirent } from 'node:fs';
import { readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { describeError, errorCode } from '../../base/errors.ts';
import { logger } from '../../base/log.ts';
import { isTemporary } from '../../base/system/temporary.ts';
import { idOfPath } from './ids.ts';
import { KINDS } from './kinds.ts';
import { isBelow, type Root } from './roots.ts';

const log = logger('serve');

/** Levels below an opened folder that are looked through, folders at most, and folders at a time. */
const DEPTH = 7;
const MOST_FOLDERS = 20_000;
const AT_ONCE = 32;

/** Folders that hold the parts of something, never a thing of their own. */
const INSIDES = new Set(
  'images neurons data dashboards neuronpedia checkpoint state node_modules engine'.split(' '),
);

/** A folder that something was found in. */
export interface Found {
  readonly id: string;
  /** Name of its kind. */
  readonly kind: string;
  /** Where it is. */
  readonly folder: string;
  /** The same for people, from the opened folder on. */
  readonly shown: string;
}

interface Place {
  readonly folder: string;
  readonly real: string;
  readonly shown: string;
  readonly depth: number;
}

/** Find everything below `roots`, in the order of names. A folder is looked at once, whatever links lead to it. */
export async function findAll(roots: readonly Root[]): Promise<Found[]> {
  const found: Found[] = [];
  const seen = new Set<string>();
  let waiting: Place[] = roots.map(({ name, folder, real }) => ({
    folder,
    real,
    shown: name,
    depth: 0,
  }));
  /** Looked at after the folders themselves, so that these keep their own names. */
  let links: Place[] = [];
  while (waiting.length > 0 || links.length > 0) {
    if (waiting.length === 0) {
      waiting = await followed(links, roots);
      links = [];
    }
    const next: Place[] = [];
    for (let start = 0; start < waiting.length; start += AT_ONCE) {
      const places = waiting.slice(start, start + AT_ONCE).filter(({ real }) => {
        const isNew = !seen.has(real);
        seen.add(real);
        return isNew;
      });
      if (seen.size > MOST_FOLDERS) {
        log.warn(`there are more than ${MOST_FOLDERS} folders: the rest is not shown`);
        return inOrder(found);
      }
      for (const inside of await Promise.all(places.map((place) => lookAt(place, roots)))) {
        found.push(...inside.found);
        next.push(...inside.folders);
        links.push(...inside.links);
      }
    }
    waiting = next;
  }
  return inOrder(found);
}

async function lookAt(place: Place, roots: readonly Root[]) {
  const entries = await list(place.folder);
  const files = new Set<string>();
  for (const entry of entries) {
    if (entry.isFile() || (entry.isSymbolicLink() && (await isFileInside(place, entry, roots))))
      files.add(entry.name);
  }
  const here = KINDS.filter((kind) => kind.isThere(files));
  const { folder, shown } = place;
  const found = here.map(({ name }) => ({ id: idOfPath(shown), kind: name, folder, shown }));
  if (here.some(({ isLeaf }) => isLeaf) || place.depth >= DEPTH)
    return { found, folders: [], links: [] };
  const inside = entries.filter(
    ({ name }) =>
      !name.startsWith('.') &&
      !INSIDES.has(name) &&
      !isTemporary(name) &&
      // Those of a run are its own; heads are kept in folders of that name, too.
      !(name === 'checkpoints' && files.has('run.json')),
  );
  const placeOf = ({ name }: Dirent): Place => ({
    folder: join(folder, name),
    real: join(place.real, name),
    shown: `${shown}/${name}`,
    depth: place.depth + 1,
  });
  return {
    found,
    folders: inside.filter((entry) => entry.isDirectory()).map(placeOf),
    links: inside.filter((entry) => entry.isSymbolicLink()).map(placeOf),
  };
}

/** Marker files may be links, as git-annex and DVC make them, where they stay below the opened folders. */
async function isFileInside(
  { folder }: Place,
  { name }: Dirent,
  roots: readonly Root[],
): Promise<boolean> {
  if (!/\.(json|safetensors|bin|html)$/.test(name)) return false;
  const real = await realOf(join(folder, name));
  return real !== undefined && isBelow(real, roots);
}

/** Where links to folders lead, those left out that leave the opened ones. */
async function followed(links: readonly Place[], roots: readonly Root[]): Promise<Place[]> {
  const places: Place[] = [];
  for (const link of links) {
    const real = await realOf(link.folder);
    if (real !== undefined && isBelow(real, roots)) places.push({ ...link, real });
  }
  return places;
}

async function realOf(path: string): Promise<string | undefined> {
  return realpath(path).catch(() => undefined);
}

async function list(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' && errorCode(error) !== 'ENOTDIR')
      log.debug(`'${folder}' is left out: ${describeError(error)}`);
    return [];
  }
}

function inOrder(found: readonly Found[]): Found[] {
  return found.toSorted((a, b) => (a.shown < b.shown ? -1 : a.shown > b.shown ? 1 : 0));
}
