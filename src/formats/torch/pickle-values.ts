// Python values that have no twin in JavaScript, as read from a pickle and as written to one.
import type { PyFloat } from '../python/python-format.ts';

/** A class or function by name; nothing but the name. */
export class PyGlobal {
  readonly module: string;
  readonly name: string;

  constructor(module: string, name: string) {
    this.module = module;
    this.name = name;
  }

  toString(): string {
    return `${this.module}.${this.name}`;
  }
}

/** An instance of a class, as data: what its constructor was given, and its attributes. */
export class PyObject {
  readonly type: PyGlobal;
  readonly args: readonly unknown[];
  readonly state: Map<unknown, unknown>;

  constructor(
    type: PyGlobal,
    args: readonly unknown[] = [],
    state: Map<unknown, unknown> = new Map(),
  ) {
    this.type = type;
    this.args = args;
    this.state = state;
  }
}

/** A tuple to write; tuples that are read come as arrays. */
export class PyTuple {
  readonly items: readonly PickleValue[];

  constructor(items: readonly PickleValue[]) {
    this.items = items;
  }
}

/** The result of calling `callable` on `args`, to write. */
export class PyCall {
  readonly callable: PyGlobal;
  readonly args: readonly PickleValue[];

  constructor(callable: PyGlobal, args: readonly PickleValue[] = []) {
    this.callable = callable;
    this.args = args;
  }
}

/** Something kept outside the pickle, to write: torch's storages. */
export class PyPersistent {
  readonly id: PickleValue;

  constructor(id: PickleValue) {
    this.id = id;
  }
}

/** What can be written to a pickle. Integral numbers are ints; mark floats with `pyFloat`. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PyFloat
  | PyTuple
  | PyGlobal
  | PyCall
  | PyObject
  | PyPersistent
  | readonly PickleValue[]
  | ReadonlyMap<string | number, PickleValue>;
