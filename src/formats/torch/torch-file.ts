// PyTorch's files (.pt, .pth, .bin, .pkl.gz) read without running anything in them.
import { UserError } from '../../base/errors.ts';
import { type ByteSource, openBytes, readBytes } from '../byte-source.ts';
import { writeSafetensors } from '../safetensors.ts';
import { bytesPerElement } from '../tensor.ts';
import { openZip, type ZipArchive } from '../zip/zip.ts';
import { gunzipPickle, unpackLimit } from './gunzip-pickle.ts';
import { unpickle } from './pickle.ts';
import { isLegacyTorch, legacyStorageFromBytes, readLegacyTorch } from './torch-legacy.ts';
import { type StorageId, torchPickleOptions } from './torch-names.ts';
import { stateDictOf } from './torch-state-dict.ts';
import { type TorchStorage, torchTensorBytes } from './torch-tensor.ts';

/** An open torch file. */
export interface TorchFile {
  /**
   * The object that was saved: dicts are Maps, lists and tuples arrays, tensors `TorchTensor` (read each with
   * `readTorchTensor` while the file is open), instances of allowed classes `PyObject`.
   */
  readonly value: unknown;
  close(): Promise<void>;
}

/** How a torch file is read. */
export interface TorchFileOptions {
  /** Classes beside torch's own to read as data, by `module.Class`. */
  readonly records?: readonly string[];
}

/** Largest pickle of a zip archive, in bytes. */
const PICKLE_LIMIT = 2 ** 28;

/**
 * Open a torch file of any kind: a zip archive, a TorchScript archive, the format before torch 1.6, or a (gzipped)
 * pickle.
 * @throws {UserError} when it is damaged or names a class that is not allowed
 */
export async function openTorchFile(
  path: string,
  options: TorchFileOptions = {},
): Promise<TorchFile> {
  const source = await openBytes(path, 'torch file');
  try {
    return { value: await readTorch(source, options), close: () => source.close() };
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** Read the object of a torch file from a source, which must stay open as long as tensors are read. */
export async function readTorch(
  source: ByteSource,
  options: TorchFileOptions = {},
): Promise<unknown> {
  const start = await readBytes(source, 0, Math.min(source.size, 16));
  if (start[0] === 0x50 && start[1] === 0x4b)
    return readTorchZip(await openZip(source), source.name, options);
  if (start[0] === 0x1f && start[1] === 0x8b) {
    return readPlainPickle(await gunzipPickle(source), source.name, options);
  }
  if (isLegacyTorch(start)) return readLegacyTorch(source, options);
  if (start[0] === 0x80)
    return readPlainPickle(
      await readBytes(source, 0, checked(source.size, source.name)),
      source.name,
      options,
    );
  throw new UserError(`invalid torch file: '${source.name}' is of an unknown kind`, {
    hint: 'expected a zip archive or a pickle; very old torch files are tar archives, which are not read',
  });
}

/** Rewrite the state dict of a torch file as a safetensors file, streaming. */
export async function torchToSafetensors(
  path: string,
  outPath: string,
  options: TorchFileOptions = {},
): Promise<void> {
  const file = await openTorchFile(path, options);
  try {
    const tensors = stateDictOf(file.value, path);
    await writeSafetensors(
      outPath,
      [...tensors].map(([name, tensor]) => [
        name,
        { dtype: tensor.dtype, shape: tensor.shape, data: () => torchTensorBytes(tensor) },
      ]),
      { metadata: { format: 'pt' } },
    );
  } finally {
    await file.close();
  }
}

async function readTorchZip(
  zip: ZipArchive,
  name: string,
  options: TorchFileOptions,
): Promise<unknown> {
  const names = [...zip.members.keys()];
  const pickleName = names.find((member) => /^[^/]+\/data\.pkl$/.test(member));
  if (pickleName === undefined) {
    throw new UserError(`invalid torch file: '${name}' is a zip archive without data.pkl`);
  }
  const root = pickleName.slice(0, -'data.pkl'.length);
  const order = zip.members.has(`${root}byteorder`)
    ? new TextDecoder().decode(await zip.read(`${root}byteorder`))
    : 'little';
  if (order !== 'little')
    throw new UserError(`unsupported torch file: '${name}' is ${order}-endian`);
  checked(zip.members.get(pickleName)!.size, name);
  for (const { name: member, size, packedSize } of zip.members.values()) {
    if (size <= unpackLimit(packedSize)) continue;
    throw new UserError(
      `invalid torch file: '${member}' in '${name}' unpacks from ${packedSize} to ${size} bytes`,
    );
  }

  const loadStorage = ({ key, length, dtype = 'U8' }: StorageId): TorchStorage => {
    const member = zip.members.get(`${root}data/${key}`);
    if (member === undefined) throw new UserError(`missing storage '${key}' in '${name}'`);
    if (member.size < length * bytesPerElement(dtype)) {
      throw new UserError(
        `invalid storage '${key}' in '${name}': ${member.size} bytes for ${length} elements`,
      );
    }
    return { dtype, length, open: () => zip.open(member.name) };
  };
  const isScript = zip.members.has(`${root}constants.pkl`);
  const pickle = await zip.read(pickleName);
  return unpickle(
    pickle,
    torchPickleOptions({ name, records: options.records, isScript, loadStorage }),
  ).value;
}

/** A pickle that carries its tensors' bytes within itself. */
function readPlainPickle(
  bytes: Uint8Array<ArrayBuffer>,
  name: string,
  { records }: TorchFileOptions,
): unknown {
  const refuse = (): never => {
    throw new UserError(`invalid pickle: '${name}' refers to something outside itself`);
  };
  return unpickle(
    bytes,
    torchPickleOptions({
      name,
      records,
      loadStorage: refuse,
      storageFromBytes: (inner) => legacyStorageFromBytes(inner, name),
    }),
  ).value;
}

function checked(size: number, name: string): number {
  if (size > PICKLE_LIMIT)
    throw new UserError(`invalid pickle: '${name}' has one of ${size} bytes`);
  return size;
}
