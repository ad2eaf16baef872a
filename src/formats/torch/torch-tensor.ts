// Tensors of torch files: views into storages that stay on disk until a tensor is read.
import { UserError } from '../../base/errors.ts';
import { type ByteSource, readPieces } from '../byte-source.ts';
import {
  bytesPerElement,
  byteViews,
  type Dtype,
  elementCount,
  newArray,
  readElements,
  type TypedTensor,
} from '../tensor.ts';

/** A run of elements in a file; several tensors may share one. */
export interface TorchStorage {
  readonly dtype: Dtype;
  /** Number of elements. */
  readonly length: number;
  /** The storage's bytes. */
  open(): Promise<ByteSource>;
}

/** A view of a storage: element `[i, j, …]` stands at `offset + i·stride[0] + j·stride[1] + …`. */
export class TorchTensor {
  readonly storage: TorchStorage;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
  readonly offset: number;

  constructor(view: Pick<TorchTensor, 'storage' | 'dtype' | 'shape' | 'stride' | 'offset'>) {
    this.storage = view.storage;
    this.dtype = view.dtype;
    this.shape = view.shape;
    this.stride = view.stride;
    this.offset = view.offset;
  }
}

/** Elements that a view with repeated ones (stride 0) may have at most. */
const REPEATED_LIMIT = 2 ** 24;

/**
 * Build a view, checking that it stays inside its storage.
 * @throws {UserError} naming `where`
 */
export function torchView(
  view: Pick<TorchTensor, 'storage' | 'dtype' | 'shape' | 'stride' | 'offset'>,
  where: string,
): TorchTensor {
  const { storage, dtype, shape, stride, offset } = view;
  const count = elementCount(shape);
  const length = (storage.length * bytesPerElement(storage.dtype)) / bytesPerElement(dtype);
  const last = count === 0 ? offset - 1 : offset + reach(view);
  const isValid =
    [...shape, ...stride, offset, count].every((n) => Number.isSafeInteger(n) && n >= 0) &&
    shape.length === stride.length &&
    last < length &&
    (count <= length || count <= REPEATED_LIMIT);
  if (!isValid) {
    throw new UserError(
      `invalid tensor in '${where}': shape [${shape.join(', ')}] with strides [${stride.join(', ')}] from ${offset} on does not fit ${length} elements`,
    );
  }
  return new TorchTensor(view);
}

/** Read a tensor into C order. */
export async function readTorchTensor(tensor: TorchTensor): Promise<TypedTensor> {
  const { dtype, shape, stride, storage, offset } = tensor;
  const size = bytesPerElement(dtype);
  const source = await storage.open();
  const span = elementCount(shape) === 0 ? 0 : reach(tensor) + 1;
  const elements = newArray(dtype, span);
  await readElements(source, elements, offset * size);
  if (isContiguous(tensor)) return { dtype, shape, data: elements };

  const data = newArray(dtype, elementCount(shape));
  const index = new Array<number>(shape.length).fill(0);
  let from = 0;
  for (let to = 0; to < data.length; to++) {
    data[to] = elements[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += stride[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= index[axis]! * stride[axis]!;
      index[axis] = 0;
    }
  }
  return { dtype, shape, data };
}

/** Read a tensor's bytes in C order, piece by piece; only a tensor that is not contiguous is held in memory. */
export async function* torchTensorBytes(tensor: TorchTensor): AsyncGenerator<Uint8Array> {
  if (!isContiguous(tensor)) {
    const { data } = await readTorchTensor(tensor);
    yield* byteViews(data);
    return;
  }
  const size = bytesPerElement(tensor.dtype);
  const start = tensor.offset * size;
  yield* readPieces(await tensor.storage.open(), start, start + elementCount(tensor.shape) * size);
}

/** Strides of a C-ordered array of this shape, in elements. */
export function contiguousStride(shape: readonly number[]): number[] {
  const stride = new Array<number>(shape.length);
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    stride[axis] = step;
    step *= Math.max(shape[axis]!, 1);
  }
  return stride;
}

function isContiguous({ shape, stride }: Pick<TorchTensor, 'shape' | 'stride'>): boolean {
  const expected = contiguousStride(shape);
  return (
    elementCount(shape) === 0 ||
    shape.every((length, axis) => length === 1 || stride[axis] === expected[axis])
  );
}

/** Distance from the first to the last element of a view. */
function reach({ shape, stride }: Pick<TorchTensor, 'shape' | 'stride'>): number {
  return shape.reduce((sum, length, axis) => sum + (length - 1) * stride[axis]!, 0);
}
