// Random choices that know how likely they were: their sum is what a perfect reader must still be told.
import { Random } from '../../../base/random.ts';

/** A seeded series of choices. */
export class Choices {
  readonly #random: Random;
  #nats = 0;

  constructor(seed: number, stream: string) {
    this.#random = new Random(seed, stream);
  }

  /** Surprise of all choices so far: `−Σ log p`. */
  get nats(): number {
    return this.#nats;
  }

  /** One of the items, all equally likely. */
  pick<T>(items: readonly T[]): T {
    this.#nats += Math.log(items.length);
    return this.#random.pick(items);
  }

  /** True with probability `p`. */
  chance(p: number): boolean {
    const yes = this.#random.float() < p;
    this.#nats -= Math.log(yes ? p : 1 - p);
    return yes;
  }

  /** One of the items by its weight. */
  weighted<T>(items: readonly (readonly [T, number])[]): T {
    const total = items.reduce((sum, [, weight]) => sum + weight, 0);
    let left = this.#random.float() * total;
    let at = 0;
    while (at < items.length - 1 && left >= items[at]![1]) left -= items[at++]![1];
    const [item, weight] = items[at]!;
    this.#nats -= Math.log(weight / total);
    return item;
  }
}
