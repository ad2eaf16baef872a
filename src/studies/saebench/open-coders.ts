// Coders at work together on one model's activations, as many at a time as memory holds.
import { type DeviceName, openKernels } from '../../compute/kernels/open.ts';
import { readCoder } from '../../sae/checkpoints/read-coder.ts';
import { openCoder } from '../../sae/open-coder.ts';
import type { BenchedCoder } from './benched-coder.ts';
import type { NamedCoder } from './coders.ts';

/** Numbers in the weights of coders that are in memory at a time: 1 GiB. */
const MOST_WEIGHTS = 2 ** 28;

/** Divide coders into groups that fit the memory together. */
export function groupsOfCoders(coders: readonly NamedCoder[]): NamedCoder[][] {
  const groups: NamedCoder[][] = [];
  let room = 0;
  for (const coder of coders) {
    const { dIn, dOut, dSae } = coder.config;
    room -= dSae * (dIn + dOut);
    if (room < 0) {
      groups.push([]);
      room = MOST_WEIGHTS - dSae * (dIn + dOut);
    }
    groups.at(-1)!.push(coder);
  }
  return groups;
}

/** Set coders to work, do what is to be done with them, and close them. */
export async function withCoders<T>(
  coders: readonly NamedCoder[],
  options: {
    readonly threads?: number | undefined;
    readonly device: DeviceName;
    readonly signal?: AbortSignal | undefined;
  },
  work: (coders: readonly BenchedCoder[]) => Promise<T>,
): Promise<T> {
  const { threads, device, signal } = options;
  const kernels = await openKernels({ device, ...(threads !== undefined && { threads }) });
  const opened: BenchedCoder[] = [];
  try {
    for (const { path, name, place } of coders) {
      const read = await readCoder(path, { ...(signal && { signal }) });
      opened.push({
        name,
        place,
        coder: await openCoder(read, { kernels, ...(signal && { signal }) }),
      });
    }
    return await work(opened);
  } finally {
    for (const { coder } of opened) await coder.close();
    await kernels.close();
  }
}
