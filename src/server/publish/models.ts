// The models of a publication that visitors' browsers compute with, and what the page can do by them.
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { packageVersion } from '../../base/version.ts';
import { ASK } from '../../pages/ask.ts';
import type { Catalogue } from '../../pages/catalogue.ts';
import { EDIT, PROPOSE } from '../../pages/edit.ts';
import { headsOf } from '../routes/editing/heads.ts';
import type { Workbench } from '../workbench.ts';
import type { PublishedPart } from './data-files.ts';
import { ENGINE_FOLDER } from './engine/shipped.ts';
import { type EngineModel, writeEngine } from './engine/write-engine.ts';
import type { Portable } from './portable.ts';

/** What was written of models. */
export interface PublishedModels {
  /** What the page can do by itself, or why not; nothing where there are no models. */
  readonly abilities: Catalogue['abilities'];
  readonly parts: readonly PublishedPart[];
  /** Models that were left out, and why. */
  readonly left: readonly { readonly path: string; readonly reason: string }[];
  /** A short name of all contents: the same models have the same. */
  readonly mark: string;
}

/** Write the models of a catalogue into the folder of its data. */
export async function writeModels(
  folder: string,
  { models }: Pick<Catalogue, 'models'>,
  workbench: Workbench,
  options: {
    readonly maxBytes: number;
    readonly portable: Portable;
    readonly signal?: AbortSignal | undefined;
    /** Hears of every model. */
    readonly onModel?: (name: string) => void;
  },
): Promise<PublishedModels> {
  const heads = await headsOf(workbench);
  const [maps] = await workbench.beside('maps');
  const wanted: EngineModel[] = [];
  for (const { id, fault, modality } of models) {
    if (fault !== undefined) continue;
    const name = await workbench.folder('models', id);
    wanted.push({ id, name, ...(modality === 'image' && { heads, maps: maps?.folder }) });
  }
  const place = join(folder, ENGINE_FOLDER);
  const engine = await writeEngine(place, wanted, options);
  const left = engine.models.flatMap(({ id, refused }) =>
    refused === undefined ? [] : [{ path: `models/${id}`, reason: refused }],
  );
  const able = left.length < engine.models.length ? true : left[0]?.reason;
  const files = await readdir(place);
  const hash = createHash('sha256').update(packageVersion());
  let bytes = 0;
  for (const file of files.sort()) {
    bytes += (await stat(join(place, file))).size;
    if (/^(coder|model)/.test(file)) hash.update(file).update(await readFile(join(place, file)));
  }
  return {
    abilities: able === undefined ? {} : { [ASK]: able, [EDIT]: able, [PROPOSE]: able },
    parts: [{ name: ENGINE_FOLDER, files: files.length, bytes }],
    left,
    mark: hash.digest('hex'),
  };
}
