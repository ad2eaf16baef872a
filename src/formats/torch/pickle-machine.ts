// The pickle machine: a stack with marks, a memo of values that come again, and the names that mean something.
// It runs nothing: a class or function is a name, and only names on a list mean something.
import { UserError } from '../../base/errors.ts';
import type { PickleCursor } from './pickle-cursor.ts';
import { PyGlobal, PyObject } from './pickle-values.ts';

export interface PickleOptions {
  /** Name of the file for errors. */
  readonly name: string;
  /** What a call of `module.name` gives, by `module.name`. */
  readonly calls?: Readonly<Record<string, (args: readonly unknown[]) => unknown>>;
  /** What `module.name` itself stands for where it is used as a value. */
  readonly constants?: Readonly<Record<string, unknown>>;
  /** Classes whose instances become `PyObject` records. */
  readonly isRecord?: (className: string) => boolean;
  /** The object behind a persistent id. */
  readonly persistentLoad?: (id: unknown) => unknown;
}

const STACK_LIMIT = 2 ** 22;
const MEMO_LIMIT = 2 ** 22;

/** Classes of Python itself that are plain data. */
const BUILTIN_CALLS: Readonly<Record<string, (args: readonly unknown[]) => unknown>> = {
  'collections.OrderedDict': ([pairs]) =>
    new Map((Array.isArray(pairs) ? pairs : []) as [unknown, unknown][]),
  'builtins.set': ([items]) => new Set(Array.isArray(items) ? items : []),
  'builtins.frozenset': ([items]) => new Set(Array.isArray(items) ? items : []),
  'builtins.bytearray': ([bytes]) => bytes,
  '_codecs.encode': ([text]) => Buffer.from(String(text), 'latin1'),
};

/** Protocols 0 to 2 use Python 2's names. */
const OLD_MODULES: Readonly<Record<string, string>> = {
  __builtin__: 'builtins',
  copy_reg: 'copyreg',
};

export class PickleMachine {
  readonly cursor: PickleCursor;
  readonly options: PickleOptions;
  #stack: unknown[] = [];
  readonly #marks: unknown[][] = [];
  readonly #memo = new Map<number, unknown>();

  constructor(cursor: PickleCursor, options: PickleOptions) {
    this.cursor = cursor;
    this.options = options;
  }

  invalid(why: string): UserError {
    return new UserError(`invalid pickle: '${this.options.name}' ${why}`);
  }

  push(value: unknown): void {
    if (this.#stack.length >= STACK_LIMIT) throw this.invalid('piles up too many values');
    this.#stack.push(value);
  }

  pop(): unknown {
    if (this.#stack.length === 0) throw this.invalid('takes a value from an empty stack');
    return this.#stack.pop();
  }

  top(): unknown {
    if (this.#stack.length === 0) throw this.invalid('uses a value of an empty stack');
    return this.#stack[this.#stack.length - 1];
  }

  mark(): void {
    if (this.#marks.length >= STACK_LIMIT) throw this.invalid('nests too deeply');
    this.#marks.push(this.#stack);
    this.#stack = [];
  }

  /** Everything above the last mark. */
  popMark(): unknown[] {
    const outer = this.#marks.pop();
    if (outer === undefined) throw this.invalid('has no mark where one is needed');
    const items = this.#stack;
    this.#stack = outer;
    return items;
  }

  popItems(count: number): unknown[] {
    return Array.from({ length: count }, () => this.pop()).reverse();
  }

  popList(): unknown[] {
    const items = this.pop();
    if (!Array.isArray(items)) throw this.invalid('has something else in place of a list or tuple');
    return items;
  }

  put(index: number): void {
    if (this.#memo.size >= MEMO_LIMIT) throw this.invalid('remembers too many values');
    this.#memo.set(index, this.top());
  }

  memoize(): void {
    this.put(this.#memo.size);
  }

  get(index: number): void {
    if (!this.#memo.has(index)) throw this.invalid(`has no remembered value ${index}`);
    this.push(this.#memo.get(index));
  }

  append(items: readonly unknown[]): void {
    const list = this.top();
    if (list instanceof Set) for (const item of items) list.add(item);
    else if (Array.isArray(list)) for (const item of items) list.push(item);
    else throw this.invalid('appends to something that is not a list');
  }

  setItems(items: readonly unknown[]): void {
    const target = this.top();
    const dict = target instanceof PyObject ? target.state : target;
    if (!(dict instanceof Map)) throw this.invalid('sets an item of something that is not a dict');
    for (let i = 0; i + 1 < items.length; i += 2) dict.set(items[i], items[i + 1]);
  }

  /** Push what a name stands for; a name on no list ends the reading. */
  global(module: string, name: string): void {
    const found = new PyGlobal(
      Object.hasOwn(OLD_MODULES, module) ? OLD_MODULES[module]! : module,
      name,
    );
    const { calls = {}, constants = {}, isRecord } = this.options;
    const key = found.toString();
    if (Object.hasOwn(constants, key)) {
      this.push(constants[key]);
      return;
    }
    const isKnown =
      Object.hasOwn(calls, key) ||
      Object.hasOwn(BUILTIN_CALLS, key) ||
      key === 'builtins.object' ||
      key === 'copyreg._reconstructor' ||
      isRecord?.(key) === true;
    if (!isKnown) {
      throw new UserError(`unsupported class '${key}' in '${this.options.name}'`, {
        hint: 'pickled code is never run: save the weights as safetensors or as a plain state dict',
      });
    }
    this.push(found);
  }

  call(callee: unknown, args: readonly unknown[]): unknown {
    if (!(callee instanceof PyGlobal)) throw this.invalid('calls something that is not a class');
    const key = callee.toString();
    if (key === 'copyreg._reconstructor') return this.call(args[0], []);
    const { calls = {} } = this.options;
    if (Object.hasOwn(calls, key)) return calls[key]!(args);
    if (Object.hasOwn(BUILTIN_CALLS, key)) return BUILTIN_CALLS[key]!(args);
    return new PyObject(callee, args);
  }

  /** Give the top object its attributes. */
  build(state: unknown): void {
    const target = this.top();
    // Objects with __slots__ have their state as (dict or None, dict).
    const parts = Array.isArray(state) ? state : [state];
    const fields = parts.filter((part) => part instanceof Map);
    if (target instanceof PyObject) {
      for (const part of fields) for (const [key, value] of part) target.state.set(key, value);
    } else if (!(target instanceof Map)) {
      throw this.invalid('gives attributes to something that has none');
    }
  }

  persistent(id: unknown): void {
    const load = this.options.persistentLoad;
    if (load === undefined) throw this.invalid('refers to something outside itself');
    this.push(load(id));
  }
}
