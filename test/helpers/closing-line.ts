// Ends the run with what was skipped, suite by suite, and one line that machines can read: `N passed, N failed`.
import type { Reporter, TestCase, TestModule } from 'vitest/node';

export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    let passed = 0;
    let failed = errors.length;
    const skipped = new Map<string, number>();
    for (const testModule of modules) {
      let failedHere = 0;
      for (const test of testModule.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') passed++;
        else if (state === 'failed') failedHere++;
        else skipped.set(suiteOf(test), (skipped.get(suiteOf(test)) ?? 0) + 1);
      }
      // A file that did not load, or a hook that failed, is no test.
      failed += testModule.state() === 'failed' ? Math.max(1, failedHere) : failedHere;
    }
    const lines = [...skipped].map(([suite, count]) => `skipped: ${count} of ${suite}\n`);
    const left = [...skipped.values()].reduce((sum, count) => sum + count, 0);
    process.on('exit', () => {
      process.stdout.write(
        `${lines.join('')}${passed} passed, ${failed} failed${left > 0 ? `, ${left} skipped` : ''}\n`,
      );
    });
  }
}

/** The file of a test and its outermost `describe`. */
function suiteOf(test: TestCase): string {
  const outermost = test.fullName.split(' > ')[0]!;
  return `${test.module.relativeModuleId}, ${outermost}`;
}
