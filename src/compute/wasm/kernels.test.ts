import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

it('declares what the compiled functions are called with, as they are now', async () => {
  const check = promisify(execFile)(process.execPath, ['scripts/build-kernels.mjs', '--check']);
  await expect(check).resolves.toMatchObject({ stderr: '' });
});
