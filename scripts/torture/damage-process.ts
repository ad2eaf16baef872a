// The process in which readers are given damaged files: it may hang or die, and is watched by the one that started it.
import { join } from 'node:path';
import { tryDamage } from './damage.ts';
import { READERS } from './readers.ts';

/** What the process is told: which reader, from which case to which. */
export interface DamageOrder {
  readonly reader: string;
  readonly from: number;
  readonly to: number;
  readonly seed: number;
  readonly shared: string;
  readonly folder: string;
}

process.on('message', async ({ reader: name, from, to, seed, shared, folder }: DamageOrder) => {
  const reader = READERS.find((each) => each.name === name)!;
  for (let number = from; number < to; number++) {
    process.send!({ begins: number });
    process.send!({
      ended: await tryDamage(reader, number, { seed, shared, folder: join(folder, 'case') }),
    });
  }
  process.send!({ done: true });
});
