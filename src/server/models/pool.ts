// Open models: those used least recently are closed when there are too many.
import { describeError } from '../../base/errors.ts';
import { logger } from '../../base/log.ts';

const log = logger('serve');

/** Milliseconds for which a model that could not be opened is not tried again. */
const RETRY_MS = 2000;

/** Something that can be closed. */
export interface Closable {
  close(): Promise<void>;
}

/** A model for one piece of work. */
export interface HeldModel {
  readonly model: Closable;
  giveBack(): void;
}

/** Open models, by their keys. */
export interface Pool {
  /** Take a model, opened where it is not. What opening throws is thrown; it is tried again a little later. */
  take(key: string, open: (signal: AbortSignal) => Promise<Closable>): Promise<HeldModel>;
  /** Close a model that does not answer, without waiting for it. */
  drop(key: string): void;
  close(): Promise<void>;
}

interface Entry {
  readonly model: Promise<Closable>;
  users: number;
}

/** Hold at most `most` models that nobody uses. */
export function createPool(signal: AbortSignal, most: number): Pool {
  /** Those used last stand last. */
  const open = new Map<string, Entry>();
  const failed = new Map<string, { readonly error: unknown; readonly at: number }>();

  const closeEntry = async (key: string, { model }: Entry): Promise<void> => {
    open.delete(key);
    try {
      await (await model.catch(() => undefined))?.close();
    } catch (error) {
      log.warn(`${key} did not close well: ${describeError(error)}`);
    }
  };
  const makeRoom = async (): Promise<void> => {
    const idle = [...open].filter(([, { users }]) => users === 0);
    for (const [key, entry] of idle.slice(0, Math.max(0, open.size - most + 1))) {
      log.debug(`closing ${key}, used least recently`);
      await closeEntry(key, entry);
    }
  };
  return {
    async take(key, start) {
      const failure = failed.get(key);
      if (failure !== undefined && performance.now() - failure.at < RETRY_MS) throw failure.error;
      failed.delete(key);
      let entry = open.get(key);
      if (entry === undefined) {
        const began = performance.now();
        const model = makeRoom().then(() => start(signal));
        entry = { model, users: 0 };
        model.then(
          () => log.debug(`opened ${key} in ${Math.round(performance.now() - began)} ms`),
          (error: unknown) => {
            open.delete(key);
            failed.set(key, { error, at: performance.now() });
          },
        );
      }
      // Set again: it is now the one used last.
      open.delete(key);
      open.set(key, entry);
      const mine = entry;
      mine.users++;
      try {
        const model = await mine.model;
        return { model, giveBack: () => void mine.users-- };
      } catch (error) {
        mine.users--;
        throw error;
      }
    },
    drop(key) {
      const entry = open.get(key);
      if (entry === undefined) return;
      log.warn(`${key} did not answer and is closed`);
      void closeEntry(key, entry);
    },
    async close() {
      await Promise.all([...open].map(([key, entry]) => closeEntry(key, entry)));
    },
  };
}
