// Models at work, shared by all visitors: opened when first asked for, one piece of work at a time each.

/** How a model is opened. */
export interface Opening<Model> {
  /** What tells it from others: the same key is the same model. */
  readonly key: string;
  open(signal: AbortSignal): Promise<Model>;
}

/** Something that can be closed. */
export interface Closable {
  close(): Promise<void>;
}

/** Models at work. */
export interface Models {
  /** Run `work` on a model when those who asked before are done; a signal takes the place in the queue back. */
  use<Model extends Closable, Result>(
    opening: Opening<Model>,
    work: (model: Model) => Promise<Result>,
    options?: { readonly signal?: AbortSignal | undefined; readonly visitor?: string },
  ): Promise<Result>;
  close(): Promise<void>;
}

interface Held {
  readonly model: Promise<Closable>;
  /** Settles when the last piece of work that was asked for is done. */
  last: Promise<unknown>;
}

/** Hold models open until `close`; `signal` ends their opening. */
export function openModels(signal: AbortSignal): Models {
  const held = new Map<string, Held>();
  return {
    async use<Model extends Closable, Result>(
      { key, open }: Opening<Model>,
      work: (model: Model) => Promise<Result>,
      options: { readonly signal?: AbortSignal | undefined } = {},
    ): Promise<Result> {
      let entry = held.get(key);
      if (entry === undefined) {
        const model = open(signal);
        model.catch(() => held.delete(key));
        entry = { model, last: model.catch(() => undefined) };
        held.set(key, entry);
      }
      const { model, last } = entry;
      const result = last.then(async () => {
        options.signal?.throwIfAborted();
        return work((await model) as Model);
      });
      entry.last = result.catch(() => undefined);
      return result;
    },
    async close() {
      const open = [...held.values()];
      held.clear();
      await Promise.all(
        open.map(async ({ model }) => (await model.catch(() => undefined))?.close()),
      );
    },
  };
}
