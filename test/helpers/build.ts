// Worker threads and the command line run from dist/, so a test run compiles first: the sources always, the kernels and
// the pages where something of theirs is newer than what was made of it. Types are checked elsewhere (`npm run check`).
import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

export default function build(): void {
  const run = (command: string, ...args: string[]): void => {
    // As users get them: vitest's own NODE_ENV would make pages with React's warnings and the paths of this machine.
    const env = { ...process.env, NODE_ENV: 'production' };
    execFileSync(command, args, { stdio: 'inherit', env });
  };
  const kernels = ['dist/compute/wasm/kernels.wasm', 'dist/compute/wasm/kernels-plain.wasm'];
  if (isStale(kernels, ['src/compute/kernels/wasm', 'scripts/build-kernels.mjs'])) {
    run('npm', 'run', '--silent', 'build:kernels');
  }
  const pages = ['features', 'circuits', 'scores', 'runs', 'workbench'].map(
    (name) => `dist/web/${name}.html`,
  );
  if (isStale(pages, ['web', 'src/pages'])) run('npm', 'run', '--silent', 'build:web');
  // The engine is made of the library itself.
  else if (isStale(['dist/web/engine/engine.js'], ['src'])) {
    run('npx', 'vite', 'build', '-c', 'web/vite.config.ts', '-m', 'engine', '-l', 'error');
  }
  run(
    process.execPath,
    'node_modules/typescript/bin/tsc',
    '-p',
    'tsconfig.build.json',
    '--noCheck',
    '--incremental',
    'false',
  );
}

/** Tell whether a file of `made` is missing, or older than a file of `sources` (files, or folders with all in them). */
export function isStale(made: readonly string[], sources: readonly string[]): boolean {
  const changed = Math.max(...sources.flatMap(filesOf).map(timeOf));
  return made.some((file) => timeOf(file) < changed);
}

function filesOf(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  const entries = readdirSync(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.name.includes('.test.'))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** When a file was last written, in milliseconds; the beginning of time when it is not there. */
function timeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Number.NEGATIVE_INFINITY;
}
