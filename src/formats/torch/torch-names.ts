// The names that torch's own pickles use, and what each stands for here.
import { UserError } from '../../base/errors.ts';
import { type Dtype, isDtype } from '../tensor.ts';
import type { PickleOptions } from './pickle-machine.ts';
import { type TorchStorage, type TorchTensor, torchView } from './torch-tensor.ts';

/** Element type of each storage class. */
export const STORAGE_DTYPES: Readonly<Record<string, Dtype>> = {
  DoubleStorage: 'F64',
  FloatStorage: 'F32',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  LongStorage: 'I64',
  IntStorage: 'I32',
  ShortStorage: 'I16',
  CharStorage: 'I8',
  ByteStorage: 'U8',
  BoolStorage: 'BOOL',
};

/** Our name of each torch dtype. */
const TORCH_DTYPES: Readonly<Record<string, Dtype>> = {
  float64: 'F64',
  float32: 'F32',
  float16: 'F16',
  bfloat16: 'BF16',
  int64: 'I64',
  uint64: 'U64',
  int32: 'I32',
  uint32: 'U32',
  int16: 'I16',
  uint16: 'U16',
  int8: 'I8',
  uint8: 'U8',
  bool: 'BOOL',
};

/** A `torch.dtype` as a value. */
export class TorchDtype {
  /** Torch's name of it, `float32`. */
  readonly name: string;
  readonly dtype: Dtype;

  constructor(name: string, dtype: Dtype) {
    this.name = name;
    this.dtype = dtype;
  }

  toString(): string {
    return `torch.${this.name}`;
  }
}

/** A storage's class as it appears in persistent ids. */
class StorageClass {
  /** Undefined for an untyped storage, whose length counts bytes. */
  readonly dtype: Dtype | undefined;

  constructor(dtype: Dtype | undefined) {
    this.dtype = dtype;
  }
}

/** Classes that training scripts leave in checkpoints and that hold nothing but data. */
const COMMON_RECORDS = new Set([
  'argparse.Namespace',
  'pathlib.PosixPath',
  'pathlib.PurePosixPath',
  'pathlib.WindowsPath',
]);

interface TorchNames {
  readonly name: string;
  /** Further classes to read as data, by `module.Class`. */
  readonly records?: readonly string[];
  /** Classes that TorchScript compiled are read as data. */
  readonly isScript?: boolean;
  readonly loadStorage: (id: StorageId) => TorchStorage;
  /** Storage inside a plain pickle: the bytes of a torch file of its own. */
  readonly storageFromBytes?: (bytes: Uint8Array<ArrayBuffer>) => unknown;
}

/** Where a pickle says that a storage is. */
export interface StorageId {
  readonly dtype: Dtype | undefined;
  readonly key: string;
  /** Number of elements; bytes of an untyped storage. */
  readonly length: number;
}

/** Options that teach the unpickler torch's names. */
export function torchPickleOptions(names: TorchNames): PickleOptions {
  const { name, records = [], isScript = false, storageFromBytes } = names;
  const constants: Record<string, unknown> = {
    'torch.storage.UntypedStorage': new StorageClass(undefined),
  };
  for (const [storage, dtype] of Object.entries(STORAGE_DTYPES)) {
    constants[`torch.${storage}`] = new StorageClass(dtype);
  }
  for (const [torchName, dtype] of Object.entries(TORCH_DTYPES)) {
    constants[`torch.${torchName}`] = new TorchDtype(torchName, dtype);
  }
  return {
    name,
    constants,
    calls: {
      'torch._utils._rebuild_tensor': (args) => rebuild(args, name),
      'torch._utils._rebuild_tensor_v2': (args) => rebuild(args, name),
      'torch._utils._rebuild_tensor_v3': (args) => rebuild(args, name, args[6]),
      'torch._utils._rebuild_parameter': ([tensor]) => tensor,
      'torch._utils._rebuild_parameter_with_state': ([tensor]) => tensor,
      'torch.Size': ([sizes]) => sizes,
      'torch.device': (parts) => parts.join(':'),
      ...(storageFromBytes === undefined
        ? {}
        : {
            'torch.storage._load_from_bytes': ([bytes]) => storageFromBytes(asBytes(bytes, name)),
          }),
      ...(isScript ? SCRIPT_LISTS : {}),
    },
    isRecord: (className) =>
      COMMON_RECORDS.has(className) ||
      records.includes(className) ||
      (isScript && className.startsWith('__torch__.')),
    persistentLoad: (id) => names.loadStorage(storageId(id, name)),
  };
}

/** TorchScript wraps typed lists in calls of their own. */
const SCRIPT_LISTS: Readonly<Record<string, (args: readonly unknown[]) => unknown>> =
  Object.fromEntries(
    [
      'build_intlist',
      'build_doublelist',
      'build_boollist',
      'build_tensorlist',
      'restore_type_tag',
    ].map((name) => [`torch.jit._pickle.${name}`, ([value]: readonly unknown[]) => value]),
  );

function storageId(id: unknown, name: string): StorageId {
  const [kind, storage, key, , length] = Array.isArray(id) ? id : [];
  const isValid =
    kind === 'storage' &&
    storage instanceof StorageClass &&
    Number.isSafeInteger(length) &&
    length >= 0;
  if (!isValid) throw new UserError(`invalid storage reference in '${name}'`);
  return { dtype: storage.dtype, key: String(key), length };
}

function rebuild(args: readonly unknown[], name: string, dtype?: unknown): TorchTensor {
  const [storage, offset, shape, stride] = args;
  if (!isStorage(storage) || !Array.isArray(shape) || !Array.isArray(stride)) {
    throw new UserError(`invalid tensor in '${name}'`);
  }
  return torchView(
    {
      storage,
      dtype: dtype instanceof TorchDtype ? dtype.dtype : storage.dtype,
      shape: shape.map(Number),
      stride: stride.map(Number),
      offset: Number(offset),
    },
    name,
  );
}

function isStorage(value: unknown): value is TorchStorage {
  return (
    typeof value === 'object' &&
    value !== null &&
    'open' in value &&
    isDtype((value as TorchStorage).dtype)
  );
}

function asBytes(value: unknown, name: string): Uint8Array<ArrayBuffer> {
  if (value instanceof Uint8Array) return value as Uint8Array<ArrayBuffer>;
  throw new UserError(`invalid storage in '${name}'`);
}
