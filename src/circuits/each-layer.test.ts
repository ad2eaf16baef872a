import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CIRCUIT_FIXTURES } from '../../test/helpers/circuits.ts';
import { startTestHub } from '../../test/helpers/hub-repos.ts';
import { UserError } from '../base/errors.ts';
import { ofEachLayer } from './each-layer.ts';

const at = (name: string): string => join(CIRCUIT_FIXTURES, name);

it('a name with {layer} stands for the checkpoints that are there, others for themselves', async () => {
  expect(await ofEachLayer([at('layer{layer}.pt'), 'runs'])).toEqual([
    ...[0, 1, 2, 3].map((layer) => at(`layer${layer}.pt`)),
    'runs',
  ]);
  expect(await ofEachLayer([`{layer}=${at('layer{layer}-mid.pt')}`])).toEqual([
    `2=${at('layer2-mid.pt')}`,
  ]);
});

it('on the hub it stands for the files and folders of the repository', async () => {
  const hub = await startTestHub();
  try {
    const files = ['a_0_x.pt', 'a_2_x.pt', 'a_10_x.pt', 'l1/cfg.json'];
    await hub.repo('models/o/n', Object.fromEntries(files.map((path) => [path, 'x'])));
    const settings = hub.settings();
    expect(await ofEachLayer(['hf-hub:o/n/a_{layer}_x.pt'], { settings })).toEqual([
      'hf-hub:o/n/a_0_x.pt',
      'hf-hub:o/n/a_2_x.pt',
      'hf-hub:o/n/a_10_x.pt',
    ]);
    expect(await ofEachLayer(['{layer}=hf-hub:o/n/l{layer}'], { settings })).toEqual([
      '1=hf-hub:o/n/l1',
    ]);
    await expect(ofEachLayer(['hf-hub:o/n/b_{layer}'], { settings })).rejects.toThrow(UserError);
    await expect(ofEachLayer(['hf-hub:o/n{layer}/b'], { settings })).rejects.toThrow(UserError);
  } finally {
    await hub.close();
  }
});

it('one that stands for nothing is refused', async () => {
  await expect(ofEachLayer([at('nothing{layer}.pt')])).rejects.toThrow(/missing transcoders/);
});
