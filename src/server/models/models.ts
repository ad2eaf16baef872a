// Models at work, shared by all visitors: opened when first asked for, one piece of work at a time each, in a fair order.
import { UserError } from '../../base/errors.ts';
import type { Visitor } from '../safety/visitor.ts';
import { type Closable, createPool } from './pool.ts';
import { createQueue } from './queue.ts';

/** How a model is opened. */
export interface Opening<Model> {
  /** What tells it from others: the same key is the same model. */
  readonly key: string;
  open(signal: AbortSignal): Promise<Model>;
}

/** How a piece of work is asked for. */
export interface UseOptions {
  /** Aborted, it leaves the queue; at work, it is no longer waited for. */
  readonly signal?: AbortSignal | undefined;
  /** Visitors take turns; work without one is that of one visitor more. */
  readonly visitor?: Visitor | undefined;
}

/** Models at work. */
export interface Models {
  /**
   * Run `work` on a model when its turn comes.
   * @throws {UserError} when too much waits already, and what opening the model throws
   */
  use<Model extends Closable, Result>(
    opening: Opening<Model>,
    work: (model: Model) => Promise<Result>,
    options?: UseOptions,
  ): Promise<Result>;
  close(): Promise<void>;
}

/** How much is held, and done at a time. */
export interface ModelLimits {
  /** Models that are held open. */
  readonly maxModels: number;
  /** Pieces of work that wait. */
  readonly maxWaiting: number;
  /** Models that work at the same time: each uses all cores. @default 2 */
  readonly atOnce?: number;
  /** Milliseconds that work may go on when nobody waits for it any more, before its model is closed. @default 10_000 */
  readonly grace?: number;
}

/** Hold models open until `close`; `signal` ends their opening. */
export function openModels(signal: AbortSignal, limits: ModelLimits): Models {
  const { maxWaiting, atOnce = 2, grace = 10_000 } = limits;
  const pool = createPool(signal, limits.maxModels);
  const queue = createQueue({ maxWaiting, atOnce });
  return {
    use<Model extends Closable, Result>(
      { key, open }: Opening<Model>,
      work: (model: Model) => Promise<Result>,
      options: UseOptions = {},
    ): Promise<Result> {
      const nobody = options.signal ?? signal;
      const run = async (): Promise<Result> => {
        const held = await pool.take(key, open);
        if (nobody.aborted) {
          held.giveBack();
          throw nobody.reason;
        }
        // Under one key there is one kind of model.
        const working = work(held.model as Model);
        const patience = patienceFor(nobody, grace);
        const isOver = await Promise.race([
          working.then(
            () => false,
            () => false,
          ),
          patience.over,
        ]);
        patience.end();
        // It is stuck: whoever comes next gets a model that is opened anew.
        if (isOver) pool.drop(key);
        else held.giveBack();
        if (isOver) throw new UserError('a model did not answer: it is opened anew');
        return working;
      };
      return queue.add(run, { lane: key, signal: options.signal, visitor: options.visitor });
    },
    close: () => pool.close(),
  };
}

/** A promise of `true` some time after a signal was aborted. */
function patienceFor(
  signal: AbortSignal,
  grace: number,
): { readonly over: Promise<true>; end(): void } {
  let timer: NodeJS.Timeout | undefined;
  let start = (): void => undefined;
  const over = new Promise<true>((resolve) => {
    start = () => {
      timer = setTimeout(() => resolve(true), grace);
    };
    if (signal.aborted) start();
    else signal.addEventListener('abort', start, { once: true });
  });
  return {
    over,
    end() {
      clearTimeout(timer);
      signal.removeEventListener('abort', start);
    },
  };
}
