// The setting of a job that says where sparse coders run.
import { z } from 'zod';
import { DEVICES, type Device, type DeviceName } from './open.ts';

/** Numbers that may follow a device's name, as PyTorch writes `cuda:1`; there is one device of each kind here. */
const NUMBERS = 16;

/**
 * A setting that takes the devices of a list by name, the first one by default, and says what each is. In files and on
 * the command line a number may follow the name: `cuda:1`.
 */
export function deviceFieldOf<Name extends string>(
  devices: Readonly<Record<Name, Device>>,
): z.ZodDefault<z.ZodEnum<{ [K in Name]: K }>> {
  const names = Object.keys(devices) as [Name, ...Name[]];
  const kinds = names.map((name) => `${name}, ${devices[name].about}`).join('; ');
  return z
    .enum(names)
    .default(names[0] as never)
    .describe(`Where sparse coders run: ${kinds}.`)
    .meta({ group: 'Machine', words: Object.fromEntries(names.flatMap(numbered)) });
}

function numbered(name: string): [string, string][] {
  return Array.from({ length: NUMBERS }, (_, i) => [`${name}:${i}`, name]);
}

/** Where the sparse coders of a job run. */
export const deviceField: z.ZodDefault<z.ZodEnum<{ [K in DeviceName]: K }>> =
  deviceFieldOf(DEVICES);
