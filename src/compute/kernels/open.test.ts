import { expect, it } from 'vitest';
import { deviceField, deviceFieldOf } from './device-field.ts';
import { DEVICES, type Device, type DeviceName, findDevice, openKernels } from './open.ts';
import { referenceKernels } from './reference/kernels.ts';

it('opens the kernels of a device, the CPU by default', async () => {
  for (const options of [{}, { device: 'cpu' }, { device: 'cuda' }, { device: 'mps' }] as const) {
    const kernels = await openKernels({ ...options, threads: 1, blas: 'wasm' });
    expect(kernels.name).toBe('cpu (1 threads, wasm)');
    await kernels.close();
  }
});

it('refuses a device that nobody knows', async () => {
  await expect(openKernels({ device: 'tpu' as DeviceName })).rejects.toMatchObject({
    name: 'UserError',
    message: "unknown device: 'tpu'",
    hint: 'expected one of cpu, cuda, mps',
  });
  expect(() => findDevice(DEVICES, 'toString')).toThrow("unknown device: 'toString'");
});

it('makes of a new entry of the list a value of the setting and kernels to open', async () => {
  const slow: Device = { about: 'in float64', open: async () => referenceKernels() };
  const devices = { ...DEVICES, slow };
  expect((await findDevice(devices, 'slow').open({})).name).toBe('reference');
  const field = deviceFieldOf(devices);
  expect(field.parse('slow')).toBe('slow');
  expect(field.description).toMatch(/; slow, in float64\.$/);
  expect(field.parse(undefined)).toBe('cpu');
  expect(deviceField.safeParse('slow').success).toBe(false);
});
