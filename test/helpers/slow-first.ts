// The order of test files: those that wait for many processes begin first, so that no worker ends the run alone with one.
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** From the slowest. */
const SLOW = [
  'test/docs.test.ts',
  'test/demo-language.test.ts',
  'test/adding.test.ts',
  'test/web/page.test.ts',
  'test/cli.test.ts',
  'test/examples.test.ts',
  'test/cli-text-training.test.ts',
  'test/web/circuits.test.ts',
  'test/cli-train.test.ts',
  'src/compute/kernels/kernels.test.ts',
  'test/cli-slurm.test.ts',
  'test/demo.test.ts',
  'src/circuits/attribution/doubled-nodes.test.ts',
];

export default class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = SLOW.findIndex((path) => moduleId.endsWith(`/${path}`));
      return at < 0 ? SLOW.length : at;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}
