// Worker threads and the command line run from dist/, so a test run compiles first. Types are checked elsewhere
// (`npm run check`).
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

export default function build(): void {
  const run = (command: string, ...args: string[]): void => {
    execFileSync(command, args, { stdio: 'inherit' });
  };
  run('npx', 'tsc', '-p', 'tsconfig.build.json', '--noCheck', '--incremental', 'false');
  if (!existsSync('dist/compute/wasm/kernels.wasm')) run('npm', 'run', '--silent', 'build:kernels');
  const pages = ['dist/web/features.html', 'dist/web/circuits.html'];
  if (!pages.every((page) => existsSync(page))) run('npm', 'run', '--silent', 'build:web');
}
