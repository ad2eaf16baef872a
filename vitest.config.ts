import { defineConfig } from 'vitest/config';
import SlowFirst from './test/helpers/slow-first.ts';

const config: ReturnType<typeof defineConfig> = defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'scripts/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['test/helpers/build.ts'],
    setupFiles: ['test/helpers/setup.ts'],
    reporters: ['default', './test/helpers/closing-line.ts'],
    // Long, so that no test depends on how busy the machine is: what is waited for is a state.
    expect: { poll: { timeout: 120_000, interval: 20 } },
    testTimeout: 240_000,
    hookTimeout: 240_000,
    // Many tests wait for a process or a page: one worker more than the two cores that are asked for.
    maxWorkers: 3,
    pool: 'forks',
    sequence: { sequencer: SlowFirst },
  },
});

export default config;
