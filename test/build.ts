// Worker threads and the command line run from dist/, so a test run compiles first (incrementally).
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

export default function build(): void {
  const npm = (script: string): void => {
    execFileSync('npm', ['run', '--silent', script], { stdio: 'inherit' });
  };
  npm('build:ts');
  if (!existsSync('dist/compute/kernels/kernels.wasm')) npm('build:kernels');
}
