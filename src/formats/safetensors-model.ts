// A model's weights as one set of named tensors, whether they lie in one safetensors file or are spread over several.
import { basename, dirname } from 'node:path';
import { UserError, unknownName } from '../base/errors.ts';
import { joinInside, readJson } from '../base/files.ts';
import {
  openSafetensors,
  type SafetensorsFile,
  type TensorEntry,
  type TensorReader,
} from './safetensors.ts';

/**
 * Open `model.safetensors`, or the files that a `model.safetensors.index.json` names.
 * @throws {UserError} when the index and its files disagree or an index names a file outside its folder
 */
export async function openSafetensorsModel(path: string): Promise<TensorReader> {
  if (!path.endsWith('.json')) return openSafetensors(path);
  const fileOf = await readSafetensorsIndex(path);
  const files = new Map<string, SafetensorsFile>();
  const close = async (): Promise<void> => {
    for (const file of files.values()) await file.close();
  };
  try {
    for (const file of new Set(fileOf.values())) files.set(file, await openSafetensors(file));
    const tensors = new Map<string, TensorEntry>();
    for (const [name, file] of fileOf) {
      const entry = files.get(file)!.tensors.get(name);
      if (entry === undefined) {
        throw new UserError(`missing tensor '${name}': '${basename(path)}' places it in '${file}'`);
      }
      tensors.set(name, entry);
    }
    const holderOf = (name: string): SafetensorsFile => {
      const file = fileOf.get(name);
      if (file === undefined) throw unknownName('tensor', name, [...fileOf.keys()]);
      return files.get(file)!;
    };
    return {
      tensors,
      read: async (name) => holderOf(name).read(name),
      readFloat32: async (name) => holderOf(name).readFloat32(name),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Read which file holds each tensor of a sharded model: tensor name to path. */
export async function readSafetensorsIndex(path: string): Promise<Map<string, string>> {
  const index = (await readJson(path, 'safetensors index')) as { weight_map?: unknown } | null;
  const map = index?.weight_map;
  if (typeof map !== 'object' || map === null || Array.isArray(map)) {
    throw new UserError(`invalid safetensors index: '${path}' has no weight_map`);
  }
  return new Map(
    Object.entries(map).map(([name, file]) => {
      if (typeof file !== 'string') {
        throw new UserError(`invalid safetensors index: '${path}' has no file name for '${name}'`);
      }
      return [name, joinInside(dirname(path), file, 'file name in the index')];
    }),
  );
}
