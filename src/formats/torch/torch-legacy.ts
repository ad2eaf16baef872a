// The torch format before version 1.6: five pickles one after another, then the storages.
import { UserError } from '../../base/errors.ts';
import { type ByteSource, bytesSource, partOf, readBytes } from '../byte-source.ts';
import { bytesPerElement, type Dtype } from '../tensor.ts';
import { unpickle } from './pickle.ts';
import { type StorageId, torchPickleOptions } from './torch-names.ts';
import type { TorchStorage } from './torch-tensor.ts';

/** First value of a file. */
const MAGIC = 0x1950a86a20f9469cfc6cn;
const PROTOCOL = 1001;
/** The pickles of a file lie within this many bytes. */
const PICKLES_LIMIT = 2 ** 27;

interface LegacyStorage extends TorchStorage {
  readonly key: string;
  readonly byteLength: number;
}

/** Tell whether bytes start as a file of this format does: a pickle (protocol 2) of the magic number. */
export function isLegacyTorch(start: Uint8Array): boolean {
  const magic = [
    0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19,
  ];
  return magic.every((byte, i) => start[i] === byte);
}

/** Read the object of a legacy torch file; its tensors stay on disk. */
export async function readLegacyTorch(
  source: ByteSource,
  options: { records?: readonly string[] } = {},
): Promise<unknown> {
  const bytes = await readBytes(source, 0, Math.min(source.size, PICKLES_LIMIT));
  return parse(bytes, source, options.records);
}

/** Read the storage that a plain pickle carries as the bytes of a torch file. */
export function legacyStorageFromBytes(bytes: Uint8Array<ArrayBuffer>, name: string): unknown {
  return parse(bytes, bytesSource(bytes, name), []);
}

function parse(
  bytes: Uint8Array<ArrayBuffer>,
  source: ByteSource,
  records: readonly string[] | undefined,
): unknown {
  const { name } = source;
  const storages = new Map<string, LegacyStorage>();
  let keys: readonly string[] = [];
  let dataStart = 0;
  let places: Promise<Map<string, ByteSource>> | undefined;
  const loadStorage = (id: StorageId): TorchStorage => {
    const known = storages.get(id.key);
    if (known !== undefined) return known;
    const dtype: Dtype = id.dtype ?? 'U8';
    const storage: LegacyStorage = {
      key: id.key,
      dtype,
      length: id.length,
      byteLength: id.length * bytesPerElement(dtype),
      async open() {
        places ??= locate(source, dataStart, keys, storages);
        const place = (await places).get(id.key);
        if (place === undefined) throw new UserError(`missing storage '${id.key}' in '${name}'`);
        return place;
      },
    };
    storages.set(id.key, storage);
    return storage;
  };

  const magic = unpickle(bytes, { name });
  const protocol = unpickle(bytes, { name }, magic.end);
  if (magic.value !== MAGIC || protocol.value !== PROTOCOL) {
    throw new UserError(`invalid torch file: '${name}' does not start as one`);
  }
  const system = unpickle(bytes, { name }, protocol.end);
  if ((system.value as Map<unknown, unknown>)?.get?.('little_endian') === false) {
    throw new UserError(`unsupported torch file: '${name}' is big-endian`);
  }
  const object = unpickle(bytes, torchPickleOptions({ name, records, loadStorage }), system.end);
  const order = unpickle(bytes, { name }, object.end);
  if (!Array.isArray(order.value)) throw new UserError(`invalid torch file: '${name}'`);
  keys = order.value.map(String);
  dataStart = order.end;
  return object.value;
}

/** Find each storage: in the order of `keys`, its element count in 8 bytes, then its bytes. */
async function locate(
  source: ByteSource,
  start: number,
  keys: readonly string[],
  storages: ReadonlyMap<string, LegacyStorage>,
): Promise<Map<string, ByteSource>> {
  const places = new Map<string, ByteSource>();
  let at = start;
  for (const key of keys) {
    const storage = storages.get(key);
    const count = new DataView((await readBytes(source, at, 8)).buffer).getBigInt64(0, true);
    if (storage === undefined || Number(count) !== storage.length) {
      throw new UserError(
        `invalid torch file: storage '${key}' of '${source.name}' has ${count} elements`,
      );
    }
    places.set(key, partOf(source, at + 8, at + 8 + storage.byteLength));
    at += 8 + storage.byteLength;
  }
  return places;
}
