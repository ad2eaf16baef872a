// The flags of a training script, read as what their defaults are.
import { parseArgs } from 'node:util';

/** Read `--name value` for each of the defaults: numbers where the default is one, texts otherwise. */
export function readFlags<Flags extends Record<string, number | string>>(defaults: Flags): Flags {
  const { values } = parseArgs({
    options: Object.fromEntries(
      Object.keys(defaults).map((name) => [name, { type: 'string' }] as const),
    ),
  });
  const read = Object.entries(defaults).map(([name, value]) => {
    const given = values[name];
    if (given === undefined) return [name, value];
    return [name, typeof value === 'number' ? Number(given) : given];
  });
  return Object.fromEntries(read) as Flags;
}
