// A few open sessions, kept by what they compute: opening one takes about as long as a run of some hundred images.
import type { Session } from './session.ts';

interface SessionCache<T> {
  /** The session of `key`, opened by `open` where it is not there; the one unused for longest makes room. */
  get(key: string, open: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Keep at most `limit` sessions; each holds the weights that it uses. Callers must not run two keys at once. */
export function createSessionCache<T extends Pick<Session, 'close'> = Session>(
  limit: number,
): SessionCache<T> {
  // A Map keeps its order of insertion: the first key is the one unused for longest.
  const sessions = new Map<string, Promise<T>>();
  const drop = async (key: string): Promise<void> => {
    const session = sessions.get(key);
    sessions.delete(key);
    await session?.then(
      (opened) => opened.close(),
      () => undefined,
    );
  };
  return {
    async get(key, open) {
      const known = sessions.get(key);
      sessions.delete(key);
      while (known === undefined && sessions.size >= limit)
        await drop(sessions.keys().next().value!);
      const session = known ?? open();
      sessions.set(key, session);
      try {
        return await session;
      } catch (error) {
        if (sessions.get(key) === session) sessions.delete(key);
        throw error;
      }
    },
    async close() {
      await Promise.all([...sessions.keys()].map(drop));
    },
  };
}
