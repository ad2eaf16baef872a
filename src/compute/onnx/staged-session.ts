// The stages of a graph (stages.ts) as one thing to run: a session each, and a function between two of them.
import type { Model } from './model.ts';
import type { OnnxTensor, OpenSession, Session, SessionOptions } from './session.ts';

export interface StagedSession {
  /**
   * Run all stages and give everything that came out. `change` is called for each cut, in order, with its value (none
   * where the model does not compute it), and gives what takes its place. The arrays of `feeds` may be handed over: they are empty afterwards.
   */
  run(
    feeds: ReadonlyMap<string, OnnxTensor>,
    change: (cut: string, value: OnnxTensor | undefined) => OnnxTensor | Promise<OnnxTensor>,
    signal?: AbortSignal,
  ): Promise<Map<string, OnnxTensor>>;
  close(): Promise<void>;
}

/** Open the sessions of models that `cutIntoStages` made at the cuts of these names. */
export async function openStagedSession(
  models: readonly Model[],
  cuts: readonly string[],
  { openSession, ...options }: SessionOptions & { readonly openSession: OpenSession },
): Promise<StagedSession> {
  const sessions: (Session | undefined)[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(sessions.map((session) => session?.close()));
  };
  try {
    for (const { bytes, outputs } of models)
      sessions.push(outputs.size === 0 ? undefined : await openSession(bytes, options));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    async run(feeds, change, signal) {
      const known = new Map(feeds);
      const made = new Map<string, OnnxTensor>();
      for (const [stage, session] of sessions.entries()) {
        if (session !== undefined) {
          const names = [...models[stage]!.inputs.keys()];
          const wanted = new Map(names.map((name) => [name, known.get(name)!]));
          const transfer = models.length === 1;
          for (const [name, value] of await session.run(wanted, { signal, transfer })) {
            known.set(name, value);
            made.set(name, value);
          }
        }
        const cut = cuts[stage];
        if (cut === undefined) continue;
        const changed = await change(cut, known.get(cut));
        known.set(cut, changed);
        made.set(cut, changed);
      }
      return made;
    },
    close,
  };
}
