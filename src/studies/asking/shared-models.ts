// Models that several coders share: opened once, closed when the last of them is done.

/** Opened models by their names. */
export interface SharedModels {
  /** Open the model under `key`, or take the one that is open; each taker closes what it got. */
  take<Model extends { close(): Promise<void> }>(
    key: string,
    open: () => Promise<Model>,
  ): Promise<Model>;
}

/** Share models among the coders of one place: two runs of a sweep need their transformer once. */
export function sharedModels(): SharedModels {
  const open = new Map<
    string,
    { readonly model: Promise<{ close(): Promise<void> }>; takers: number }
  >();
  return {
    async take<Model extends { close(): Promise<void> }>(
      key: string,
      start: () => Promise<Model>,
    ): Promise<Model> {
      let entry = open.get(key);
      if (entry === undefined) {
        entry = { model: start(), takers: 0 };
        open.set(key, entry);
      }
      const { model } = entry;
      const mine = entry;
      mine.takers++;
      const giveBack = async (): Promise<void> => {
        if (--mine.takers > 0) return;
        if (open.get(key) === mine) open.delete(key);
        await (await model).close();
      };
      try {
        // Under one key there is one kind of model.
        const opened = (await model) as Model;
        let isClosed = false;
        const close = async (): Promise<void> => {
          if (isClosed) return;
          isClosed = true;
          await giveBack();
        };
        return { ...opened, close };
      } catch (error) {
        if (open.get(key) === mine) open.delete(key);
        throw error;
      }
    },
  };
}
