import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { inTemporaryFolder } from '../../../test/helpers/folders.ts';
import { workerUrl } from '../../base/worker.ts';

/** A program of a user of the library: a session with a run, here or in a worker of its own. */
const program = (inWorker: boolean): string => `
  import { isMainThread, Worker } from 'node:worker_threads';
  const at = (name) => import(new URL(name, ${JSON.stringify(workerUrl(import.meta.url, './session').href)}));
  export async function work() {
    const { openSession } = await at('./session.js');
    const { input } = await at('./graph.js');
    const { scale } = await at('./ops.js');
    const { buildModel } = await at('./model.js');
    const { bytes } = buildModel(new Map([['y', scale(input('x', ['n']), 2)]]));
    const session = await openSession(bytes, { threads: 1 });
    await session.run(new Map([['x', { data: new Float32Array(2), shape: [2] }]]));
    await session.close();
  }
  if (!${inWorker} || !isMainThread) await work();
  else await new Promise((end, fail) =>
    new Worker(new URL(import.meta.url)).on('exit', end).on('error', fail));
`;

test.each([false, true])('leaves no record in the home folder (worker: %s)', async (inWorker) => {
  await inTemporaryFolder(async (home) => {
    const { ORT_DISABLE_TELEMETRY: _, XDG_CACHE_HOME: __, ...env } = process.env;
    const url = `data:text/javascript,${encodeURIComponent(program(inWorker))}`;
    const args = ['--input-type=module', '-e', `await import(${JSON.stringify(url)})`];
    const { stderr } = await promisify(execFile)(process.execPath, args, {
      env: { ...env, HOME: home },
    });
    expect(stderr).toBe('');
    expect(await readdir(home, { recursive: true })).toEqual([]);
  });
});
