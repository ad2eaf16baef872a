// The devices that sparse coders can run on, and how the kernels on each are opened. A new implementation is a folder
// beside this file and an entry here.
import { UserError } from '../../base/errors.ts';
import { logger } from '../../base/log.ts';
import type { Kernels } from './types.ts';

const log = logger('kernels');

/** What every device is opened with; each takes what concerns it. */
export interface DeviceOptions {
  /** Threads of the kernels on CPU; one a core when undefined. */
  readonly threads?: number;
  /** A BLAS library for dense products on CPU, `none` (then onnxruntime) or `wasm`; the first one found when undefined. */
  readonly blas?: string;
}

/** A device by name. */
export interface Device {
  /** What it is, for a list of settings: words that follow its name. */
  readonly about: string;
  /** What a job says in its log when it is asked for this device. */
  readonly note?: string;
  /**
   * Start its kernels.
   *
   * @throws {UserError} when this machine has no such device.
   */
  open(options: DeviceOptions): Promise<Kernels>;
}

// Loaded when it is opened: a program that only reads its settings stays light.
const openCpu = async (options: DeviceOptions): Promise<Kernels> =>
  (await import('./cpu/kernels.ts')).cpuKernels(options);

/** The devices, the default one first. */
export const DEVICES = {
  cpu: { about: 'on threads', open: openCpu },
  cuda: {
    about: "accepted so that saev's files and commands work, on the CPU all the same",
    note: 'accepted, and all work is done on the CPU',
    open: openCpu,
  },
  mps: {
    about: 'accepted likewise',
    note: 'accepted, and all work is done on the CPU',
    open: openCpu,
  },
} satisfies Readonly<Record<string, Device>>;

/** Name of a device of the list. */
export type DeviceName = keyof typeof DEVICES;

/** Which device kernels are opened on. */
export interface KernelsOptions extends DeviceOptions {
  /** @default 'cpu' */
  readonly device?: DeviceName;
}

/**
 * Start the kernels on a device. Close them when all their coders are closed.
 * @throws {UserError} when there is no device of that name, or this machine has none.
 */
export async function openKernels(options: KernelsOptions = {}): Promise<Kernels> {
  const { device = 'cpu', ...rest } = options;
  const kernels = await findDevice(DEVICES, device).open(rest);
  log.debug(`kernels: ${kernels.name}`);
  return kernels;
}

/**
 * The device of a list that has a name.
 * @throws {UserError} when none has.
 */
export function findDevice(devices: Readonly<Record<string, Device>>, name: string): Device {
  const found = Object.hasOwn(devices, name) ? devices[name] : undefined;
  if (found !== undefined) return found;
  throw new UserError(`unknown device: '${name}'`, {
    hint: `expected one of ${Object.keys(devices).join(', ')}`,
  });
}
