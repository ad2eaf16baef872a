// Loaded with --import before a program: counts the calls that write under a folder, and at the N-th does something bad.
//
//   TORTURE_DIR   the folder
//   TORTURE_AT    number of the call, from 1; 0 only counts
//   TORTURE_DO    kill: SIGKILL before the call · half: SIGKILL after half of what it writes · term, int: a signal, then the
//                 call · fail: the call fails with TORTURE_ERROR, as do all later ones where TORTURE_EVER is set
//   TORTURE_LOG   file that gets a line for each call
import { appendFileSync } from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { constants } from 'node:os';
import { resolve, sep } from 'node:path';
import { isMainThread } from 'node:worker_threads';

const { TORTURE_DIR = '', TORTURE_AT = '0', TORTURE_DO = 'kill', TORTURE_LOG } = process.env;
const root = resolve(TORTURE_DIR);
const at = Number(TORTURE_AT);
let count = 0;

/** Whether a path lies in the folder. */
function isInside(path) {
  if (typeof path !== 'string' && !(path instanceof URL)) return false;
  const full = resolve(path instanceof URL ? path.pathname : path);
  return full === root || full.startsWith(root + sep);
}

/** End this process without another word, as the kernel does it. */
function die() {
  process.kill(process.pid, 'SIGKILL');
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
}

function failure(call, path) {
  const code = process.env.TORTURE_ERROR ?? 'EIO';
  const errno = -constants.errno[code];
  const name = code === 'EDQUOT' ? `Unknown system error ${errno}` : code;
  const fields = { errno, code: name, syscall: call, ...(path === undefined ? {} : { path }) };
  return Object.assign(new Error(`${name}: injected, ${call}`), fields);
}

/** Count a call, and do at the N-th what was asked for; `half` does half of the call. */
async function count1(call, path, half) {
  count++;
  if (TORTURE_LOG !== undefined) appendFileSync(TORTURE_LOG, `${count} ${call} ${path}\n`);
  const isLater = TORTURE_DO === 'fail' && process.env.TORTURE_EVER !== undefined && count > at;
  if (at === 0 || (count !== at && !isLater)) return;
  if (TORTURE_DO === 'fail') throw failure(call, path);
  if (TORTURE_DO === 'term') return void process.kill(process.pid, 'SIGTERM');
  if (TORTURE_DO === 'int') return void process.kill(process.pid, 'SIGINT');
  if (TORTURE_DO === 'half') await half?.();
  die();
}

/** The first half of what is to be written. */
function firstHalf(data) {
  if (typeof data === 'string') return data.slice(0, data.length >> 1);
  if (data instanceof Uint8Array) return data.subarray(0, data.length >> 1);
  return new Uint8Array(0);
}

const original = { ...promises };
const paths = new WeakMap();

function wrap(name, pathsOf = (path) => [path], half) {
  promises[name] = async (...args) => {
    const path = pathsOf(...args).find(isInside);
    if (path !== undefined) await count1(name, path, half && (() => half(...args)));
    return original[name](...args);
  };
}

if (isMainThread && TORTURE_DIR !== '') {
  for (const name of ['rm', 'rmdir', 'unlink', 'mkdir', 'mkdtemp', 'truncate']) wrap(name);
  for (const name of ['rename', 'link', 'symlink', 'copyFile', 'cp'])
    wrap(name, (from, to) => [to, from]);
  for (const name of ['writeFile', 'appendFile']) {
    wrap(
      name,
      (path) => [path],
      (path, data, options) => original[name](path, firstHalf(data), options),
    );
  }
  promises.open = async (path, flags = 'r', mode) => {
    const inside = isInside(path);
    const writes = typeof flags === 'string' ? /[wa+]/.test(flags) : (flags & 3) !== 0;
    if (inside && writes) await count1('open', String(path));
    const file = await original.open(path, flags, mode);
    if (inside && writes) paths.set(file, String(path));
    return file;
  };
  const handle = await original.open(process.execPath);
  const prototype = Object.getPrototypeOf(handle);
  await handle.close();
  for (const name of [
    'write',
    'writev',
    'writeFile',
    'appendFile',
    'truncate',
    'sync',
    'datasync',
  ]) {
    const call = prototype[name];
    prototype[name] = async function (...args) {
      const path = paths.get(this);
      const half = (data, offset, length, position) => {
        if (name !== 'write') return call.call(this, firstHalf(data));
        const size = (typeof length === 'number' ? length : data.length) >> 1;
        return call.call(this, data, typeof offset === 'number' ? offset : 0, size, position);
      };
      const writes = name !== 'sync' && name !== 'datasync' && name !== 'truncate';
      if (path !== undefined) await count1(name, path, writes ? () => half(...args) : undefined);
      return call.apply(this, args);
    };
  }
  syncBuiltinESMExports();
}
