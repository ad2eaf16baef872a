// Work that waits for its turn. Addresses take turns, at each the visitors there, and of each the first piece that can go.
import { counted } from '../../base/text.ts';
import { untilAborted } from '../safety/deadline.ts';
import { Refusal } from '../safety/refusal.ts';
import type { Visitor } from '../safety/visitor.ts';

/** How much may wait and go on. */
export interface QueueLimits {
  readonly maxWaiting: number;
  /** Pieces at work at the same time, each in a lane of its own. */
  readonly atOnce: number;
}

/** A piece of work as it is asked for. */
export interface Asked {
  /** Of pieces in one lane, one is at work at a time. */
  readonly lane: string;
  readonly signal?: AbortSignal | undefined;
  readonly visitor?: Visitor | undefined;
}

/** Work that waits. */
export interface Queue {
  /** Do `run` when its turn comes. @throws {Refusal} when too much waits already */
  add<T>(run: () => Promise<T>, asked: Asked): Promise<T>;
}

interface Waiting extends Asked {
  /** Begins it, and settles when it has ended. */
  begin(): Promise<void>;
  /** What its visitor was told last. */
  told?: number;
}

/** Share of all places in the queue that one visitor may take. */
const SHARE = 8;

const NOBODY: Visitor = { address: '', name: '' };

/** Make an empty queue. */
export function createQueue({ maxWaiting, atOnce }: QueueLimits): Queue {
  let waiting: Waiting[] = [];
  const busy = new Set<string>();
  /** Addresses and visitors in the order of their last turn: who is not there has waited longest. */
  const turns = new Map<string, number>();
  let turn = 0;

  const next = (): void => {
    while (busy.size < atOnce) {
      const first = firstOf(waiting, busy, turns);
      if (first === undefined) break;
      waiting = waiting.filter((each) => each !== first);
      const { address, name } = first.visitor ?? NOBODY;
      turns.set(address, ++turn).set(`${address} ${name}`, turn);
      busy.add(first.lane);
      void first.begin().finally(() => {
        busy.delete(first.lane);
        next();
      });
    }
    if (waiting.length === 0 && busy.size === 0) turns.clear();
    tell();
  };
  /** Tell those who wait how many go before them, as far as that can be told. */
  const tell = (): void => {
    waiting.forEach((each, i) => {
      const before = i + busy.size;
      if (each.told !== before) each.visitor?.onWait?.(before);
      each.told = before;
    });
  };
  return {
    async add<T>(run: () => Promise<T>, asked: Asked): Promise<T> {
      asked.signal?.throwIfAborted();
      checkRoom(waiting, asked, maxWaiting);
      let entry: Waiting | undefined;
      const result = new Promise<T>((resolve, reject) => {
        entry = {
          ...asked,
          async begin() {
            const running = run();
            await running.then(resolve, reject);
          },
        };
        waiting.push(entry);
      });
      next();
      if (asked.signal === undefined) return result;
      try {
        return await untilAborted(result, asked.signal);
      } finally {
        // It has its result, or its visitor has gone: then it leaves its place to others.
        waiting = waiting.filter((each) => each !== entry);
      }
    },
  };
}

/** Of the pieces whose lane is free, the one whose address, then whose visitor had a turn longest ago; the oldest of these. */
function firstOf(
  waiting: readonly Waiting[],
  busy: ReadonlySet<string>,
  turns: ReadonlyMap<string, number>,
): Waiting | undefined {
  const keyOf = ({ visitor = NOBODY }: Waiting): readonly [number, number] => [
    turns.get(visitor.address) ?? 0,
    turns.get(`${visitor.address} ${visitor.name}`) ?? 0,
  ];
  let best: Waiting | undefined;
  for (const each of waiting) {
    if (busy.has(each.lane)) continue;
    const [a, b] = keyOf(each);
    const [bestA, bestB] = best === undefined ? [Infinity, Infinity] : keyOf(best);
    if (a < bestA || (a === bestA && b < bestB)) best = each;
  }
  return best;
}

function checkRoom(waiting: readonly Waiting[], { visitor }: Asked, most: number): void {
  if (waiting.length >= most) {
    throw new Refusal(503, `too many visitors: ${counted(most, 'question')} wait already`, {
      hint: 'ask again in a moment',
    });
  }
  if (visitor === undefined) return;
  const own = waiting.filter(
    (each) => each.visitor?.address === visitor.address && each.visitor.name === visitor.name,
  );
  if (own.length < Math.max(1, Math.floor(most / SHARE))) return;
  throw new Refusal(503, `${counted(own.length, 'question')} of yours wait already`, {
    hint: 'wait for their answers',
  });
}
