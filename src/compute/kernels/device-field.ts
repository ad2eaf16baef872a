// The setting of a job that says where sparse coders run.
import { z } from 'zod';
import { DEVICES, type Device, type DeviceName } from './open.ts';

/** A setting that takes the devices of a list by name, the first one by default, and says what each is. */
export function deviceFieldOf<Name extends string>(
  devices: Readonly<Record<Name, Device>>,
): z.ZodDefault<z.ZodEnum<{ [K in Name]: K }>> {
  const names = Object.keys(devices) as [Name, ...Name[]];
  const kinds = names.map((name) => `${name}, ${devices[name].about}`).join('; ');
  return z
    .enum(names)
    .default(names[0] as never)
    .describe(`Where sparse coders run: ${kinds}.`)
    .meta({ group: 'Machine' });
}

/** Where the sparse coders of a job run. */
export const deviceField: z.ZodDefault<z.ZodEnum<{ [K in DeviceName]: K }>> =
  deviceFieldOf(DEVICES);
