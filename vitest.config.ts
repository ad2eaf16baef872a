import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig, type TestProjectConfiguration } from 'vitest/config';
import SlowFirst from './test/helpers/slow-first.ts';

const files = ['src', 'scripts', 'test'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join(folder, name)),
);

/** Files that replace a module, which others would see: each gets a process of its own. */
const alone = files.filter((file) => readFileSync(file, 'utf8').includes('vi.mock('));

/** Some files of tests; those that share a process load every module once. */
function project(name: string, which: { include: string[]; isolate: boolean; exclude?: string[] }) {
  return {
    test: {
      name,
      ...which,
      pool: 'forks',
      setupFiles: ['test/helpers/setup.ts'],
      // Long, so that no test depends on how busy the machine is: what is waited for is a state.
      expect: { poll: { timeout: 120_000, interval: 20 } },
      testTimeout: 240_000,
      hookTimeout: 240_000,
    },
  } satisfies TestProjectConfiguration;
}

const config: ReturnType<typeof defineConfig> = defineConfig({
  test: {
    globalSetup: ['test/helpers/build.ts'],
    reporters: ['default', './test/helpers/closing-line.ts'],
    // Many tests wait for a process or a page, and leave their core to another.
    maxWorkers: availableParallelism() + 2,
    sequence: { sequencer: SlowFirst },
    projects: [
      project('alone', { include: alone, isolate: true }),
      project('together', {
        include: ['src/**/*.test.ts', 'scripts/**/*.test.ts', 'test/**/*.test.ts'],
        exclude: alone,
        isolate: false,
      }),
    ],
  },
});

export default config;
