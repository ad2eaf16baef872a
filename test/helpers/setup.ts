// What every test file begins and ends with. Many files share a process and the modules in it, helpers too: what a helper
// leaves behind is put right here, because hooks of its own would run for the first file alone.
import { reset } from '@logtape/logtape';
import { afterAll, vi } from 'vitest';
import { silenceProgress } from '../../src/base/progress.ts';
import './close.ts';
import { removeTrees } from './folders.ts';

silenceProgress(true);
afterAll(async () => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  await reset();
  await removeTrees();
});
