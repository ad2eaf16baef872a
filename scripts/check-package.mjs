// Checks the package as npm would publish it: its exports, its types, and that it carries what it should.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const NEEDED = [
  'README.md',
  'LICENSE',
  'CHANGELOG.md',
  'bin/saev.js',
  'docs/library.md',
  'llms.txt',
];
const UNWANTED = /\.(map|test\.js|test\.d\.ts|tsbuildinfo)$|^src\//;

const folder = mkdtempSync(join(tmpdir(), 'saev-package-'));
try {
  // Scripts are left out, because they would build dist/ anew.
  const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const [packed] = JSON.parse(execFileSync('npm', pack, { encoding: 'utf8' }));
  const names = packed.files.map(({ path }) => path);
  const missing = NEEDED.filter((name) => !names.includes(name));
  const unwanted = names.filter((name) => UNWANTED.test(name));
  if (missing.length > 0) throw new Error(`the package lacks ${missing.join(', ')}`);
  if (unwanted.length > 0) throw new Error(`the package carries ${unwanted.join(', ')}`);

  const file = join(folder, packed.filename);
  const check = (command, ...args) => {
    try {
      execFileSync('npx', ['--no-install', command, ...args], { encoding: 'utf8', stdio: 'pipe' });
    } catch (error) {
      throw new Error(`${command} finds fault:\n${error.stdout}${error.stderr}`);
    }
  };
  check('publint', 'run', file, '--strict');
  check('attw', file, '--profile', 'esm-only', '--format', 'ascii');
  const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
  console.log(
    `${packed.filename}: ${names.length} files, ${megabytes(packed.size)}, unpacked ${megabytes(packed.unpackedSize)}`,
  );
} finally {
  rmSync(folder, { recursive: true });
}
