// Files that torch.load reads, also with weights_only=True: a zip archive with one pickle and one member a tensor.
import { promisify } from 'node:util';
import { crc32, gzip } from 'node:zlib';
import { UserError } from '../../base/errors.ts';
import { writeFileAtomic } from '../../base/files.ts';
import { PyFloat } from '../python/python-format.ts';
import {
  bytesPerElement,
  byteViews,
  type Dtype,
  elementCount,
  type TypedTensor,
} from '../tensor.ts';
import { streamedZipPieces, type ZipMemberToWrite, zipPieces } from '../zip/zip-write.ts';
import {
  type PickleValue,
  PyCall,
  PyGlobal,
  PyObject,
  PyPersistent,
  PyTuple,
} from './pickle-values.ts';
import { pickle, picklePieces } from './pickle-write.ts';
import { STORAGE_DTYPES } from './torch-names.ts';
import { contiguousStride } from './torch-tensor.ts';

/** What torch can save: Python values with tensors among them. Maps become dicts, arrays lists. */
export type TorchValue =
  | Exclude<PickleValue, readonly PickleValue[] | ReadonlyMap<string | number, PickleValue>>
  | TypedTensor
  | readonly TorchValue[]
  | ReadonlyMap<string, TorchValue>;

/** Boundary on which torch places tensors in a file. */
const ALIGNMENT = 64;

/** Folder within the archive; torch takes the file's name, but reads any. */
const ROOT = 'archive';

/** Write a tensor, a state dict (a Map of tensors) or any nest of them as torch.save does, atomically. */
export async function writeTorchFile(path: string, value: TorchValue): Promise<void> {
  await writeFileAtomic(path, torchFilePieces(value));
}

/** The bytes of a torch file, for putting after a header. */
export function torchFilePieces(value: TorchValue): Generator<Uint8Array> {
  const tensors: TypedTensor[] = [];
  const data = pickle(
    replaceTensors(value, (tensor) => {
      const key = String(tensors.push(tensor) - 1);
      return new PyPersistent(storageId(tensor, key));
    }),
  );
  return zipPieces(
    [
      ...before(data),
      ...tensors.map(({ data }, key) => ({ name: storageName(key), data: [...byteViews(data)] })),
      ...BEHIND,
    ],
    { alignment: ALIGNMENT },
  );
}

/** A tensor whose bytes are given piece by piece, in C order, each time that they are asked for. */
export interface StreamedTensor extends Pick<TypedTensor, 'dtype' | 'shape'> {
  pieces(): AsyncIterable<Uint8Array>;
}

/** Write one tensor of any size as torch.save does, atomically. Its pieces are asked for twice: zip has checksums first. */
export async function writeTorchTensor(path: string, tensor: StreamedTensor): Promise<void> {
  const { dtype, shape } = tensor;
  let checksum = 0;
  for await (const piece of tensor.pieces()) checksum = crc32(piece, checksum);
  const size = elementCount(shape) * bytesPerElement(dtype);
  const data = pickle(rebuildCall(tensor, new PyPersistent(storageId(tensor, '0'))));
  const ready = ({ name, data }: ZipMemberToWrite) => {
    const bytes = Buffer.concat(data);
    return { name, size: bytes.byteLength, checksum: crc32(bytes), data: [bytes] };
  };
  const members = [
    ...before(data).map(ready),
    { name: storageName(0), size, checksum, data: tensor.pieces() },
    ...BEHIND.map(ready),
  ];
  await writeFileAtomic(path, streamedZipPieces(members, { alignment: ALIGNMENT }));
}

const text = (content: string): Uint8Array => new TextEncoder().encode(content);
const storageName = (key: number): string => `${ROOT}/data/${key}`;

/** Members before the storages, and behind them. */
const before = (pickled: Uint8Array): ZipMemberToWrite[] => [
  { name: `${ROOT}/data.pkl`, data: [pickled] },
  { name: `${ROOT}/byteorder`, data: [text('little')] },
];
const BEHIND: readonly ZipMemberToWrite[] = [{ name: `${ROOT}/version`, data: [text('3\n')] }];

/** Write a gzipped plain pickle, whose tensors are byte strings within it; Python's own pickle.load reads it. */
export async function writeTorchPickleGz(path: string, value: TorchValue): Promise<void> {
  const loadFromBytes = new PyGlobal('torch.storage', '_load_from_bytes');
  const whole = Buffer.concat([
    ...picklePieces(
      replaceTensors(value, (tensor) => new PyCall(loadFromBytes, [legacyStorage(tensor)])),
    ),
  ]);
  await writeFileAtomic(path, await promisify<Uint8Array, Uint8Array>(gzip)(whole));
}

function replaceTensors(
  value: TorchValue,
  storageOf: (tensor: TypedTensor) => PickleValue,
): PickleValue {
  if (isTensor(value)) return rebuildCall(value, storageOf(value));
  if (value instanceof Map) {
    return new Map([...value].map(([key, item]) => [key, replaceTensors(item, storageOf)]));
  }
  if (Array.isArray(value)) return value.map((item) => replaceTensors(item, storageOf));
  return value as PickleValue;
}

function rebuildCall({ shape }: Pick<TypedTensor, 'shape'>, storage: PickleValue): PickleValue {
  return new PyCall(new PyGlobal('torch._utils', '_rebuild_tensor_v2'), [
    storage,
    0,
    new PyTuple([...shape]),
    new PyTuple(contiguousStride(shape)),
    false,
    new PyCall(new PyGlobal('collections', 'OrderedDict')),
  ]);
}

function storageId({ dtype, shape }: Pick<TypedTensor, 'dtype' | 'shape'>, key: string): PyTuple {
  return new PyTuple([
    'storage',
    new PyGlobal('torch', storageClass(dtype)),
    key,
    'cpu',
    elementCount(shape),
  ]);
}

/** One storage in the format before torch 1.6: what torch puts into plain pickles. */
function legacyStorage(tensor: TypedTensor): Uint8Array {
  const count = Buffer.alloc(8);
  count.writeBigInt64LE(BigInt(elementCount(tensor.shape)));
  const system = new Map<string, PickleValue>([
    ['protocol_version', 1001],
    ['little_endian', true],
    [
      'type_sizes',
      new Map([
        ['short', 2],
        ['int', 4],
        ['long', 4],
      ]),
    ],
  ]);
  const id = storageId(tensor, '0');
  return Buffer.concat([
    pickle(0x1950a86a20f9469cfc6cn),
    pickle(1001),
    pickle(system),
    pickle(new PyPersistent(new PyTuple([...id.items, null]))),
    pickle(['0']),
    count,
    ...byteViews(tensor.data),
  ]);
}

function storageClass(dtype: Dtype): string {
  for (const [name, known] of Object.entries(STORAGE_DTYPES)) if (known === dtype) return name;
  throw new UserError(`unsupported dtype for a torch file: ${dtype}`, {
    hint: `${8 * bytesPerElement(dtype)}-bit unsigned integers have no storage in torch: convert them`,
  });
}

function isTensor(value: TorchValue): value is TypedTensor {
  return (
    typeof value === 'object' &&
    value !== null &&
    'dtype' in value &&
    'data' in value &&
    !(value instanceof PyObject) &&
    !(value instanceof PyFloat)
  );
}
