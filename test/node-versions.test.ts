// Which versions of Node the program takes, and what it says to others.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const bin = join(root, 'bin', 'saev.js');

/** Run the program in a process that says it is another version of Node. */
async function runAs(version: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const lie = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`;
  const args = ['--import', `data:text/javascript,${encodeURIComponent(lie)}`, bin, '--version'];
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, args)) };
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string };
  }
}

test.each(['18.20.8', '20.18.3', '21.7.0', '22.11.0'])(
  'Node %s is refused in a sentence',
  async (version) => {
    const { code, stdout, stderr } = await runAs(version);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(new RegExp(`^saev: Node ${version} is not supported\n  use 20\\.19`));
    expect(stderr.split('\n')).toHaveLength(3);
  },
);

test.each(['20.19.0', '22.12.0', '24.0.0', '27.1.0'])('Node %s is taken', async (version) => {
  expect(await runAs(version)).toMatchObject({ code: 0, stderr: '' });
});

test('the package says so, too, and the program can be read by an old Node', async () => {
  const { engines } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  expect(engines.node).toBe('^20.19.0 || >=22.12.0');
  const code = (await readFile(bin, 'utf8')).replace(/^\s*\/\/.*$/gm, '');
  expect(code).not.toMatch(/^import |^export |\?\?|\?\.|^await /m);
});
