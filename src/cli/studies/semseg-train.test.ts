import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeTree } from '../../../test/helpers/folders.ts';
import type { CommandContext } from '../program/command.ts';
import { command } from './semseg-train.ts';

const context: CommandContext = {
  signal: new AbortController().signal,
  environment: {},
  print: () => undefined,
  whenInterrupted: () => undefined,
};

test.each([
  // What heads need not share may have several values, or one.
  ['learning_rate = [1e-3, 1e-2]\nweight_decay = 0.1\nn_epochs = [2]', /missing folder of ADE20K/],
  ['learning_rate = [1e-3, -1]', /invalid learningRate/],
  ['n_epochs = [1, 2]', /gives n_epochs 2 values, and heads that are trained together share it/],
  ['momentum = 0.9', /unknown key.*'momentum'/],
])('a sweep of %j is read, or refused in a sentence', async (text, said) => {
  const sweep = join(await makeTree({}), 'sweep.toml');
  await writeFile(sweep, text);
  const args = ['--imgs.root', 'nowhere', '--sweep', sweep, '--quiet'];
  await expect(command.run(args, context)).rejects.toThrow(said);
});
