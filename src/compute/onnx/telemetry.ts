// onnxruntime keeps a record of its sessions in the home folder and sends it to its maker. Not from here.
import { isMainThread } from 'node:worker_threads';

const SWITCH = 'ORT_DISABLE_TELEMETRY';

let done = false;

/**
 * Switch off onnxruntime's telemetry in this process, unless the environment says otherwise. Comes before its native library
 * is loaded in any thread.
 */
export async function switchOffTelemetry(): Promise<void> {
  if (done) return;
  done = true;
  if (process.env[SWITCH] !== undefined) return;
  process.env[SWITCH] = '1';
  // The environment of a worker is a copy; the library asks the process's own.
  if (!isMainThread) await setInProcess(SWITCH, '1');
}

async function setInProcess(name: string, value: string): Promise<void> {
  const { default: koffi } = await import('koffi');
  if (process.platform === 'win32') {
    const set = koffi.load('kernel32.dll').func('int SetEnvironmentVariableA(str, str)');
    set(name, value);
  } else {
    const set = koffi.load(null).func('int setenv(str, str, int)');
    set(name, value, 1);
  }
}
