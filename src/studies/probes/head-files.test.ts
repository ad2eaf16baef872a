import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { inTemporaryFolder } from '../../../test/helpers/folders.ts';
import { headFile, headFolder, latestHead, readHead, writeHead } from './head-files.ts';
import { initHead } from './linear-head.ts';

it("names folders by Python's text of floats", () => {
  expect(headFolder({ learningRate: 1e-4, weightDecay: 1e-3 })).toBe('lr_0_0001__wd_0_001');
  expect(headFolder({ learningRate: 1e-5, weightDecay: 0 })).toBe('lr_1e-05__wd_0_0');
});

it('reads what it wrote, the newest of a folder first', async () => {
  await inTemporaryFolder(async (folder) => {
    await expect(latestHead(folder)).rejects.toThrow('holds no .pt file');
    const heads = [1, 2, 3].map((seed) => initHead(7, 3, seed));
    await writeHead(join(folder, headFile()), heads[0]!);
    expect((await latestHead(folder)).head).toEqual(heads[0]);
    await writeHead(join(folder, headFile(9)), heads[1]!);
    await writeHead(join(folder, headFile(10)), heads[2]!);
    expect(await latestHead(folder)).toEqual({
      head: heads[2],
      path: join(folder, 'model_step10.pt'),
    });
  });
});

it('says what is wrong with a file', async () => {
  await inTemporaryFolder(async (folder) => {
    const path = join(folder, 'model.pt');
    await expect(readHead(path)).rejects.toThrow(`missing head: '${path}'`);
    await writeHead(path, initHead(7, 3, 1));
    const bytes = await readFile(path);
    for (const length of [0, 10, 60, bytes.length - 100]) {
      await writeFile(path, bytes.subarray(0, length));
      await expect(readHead(path)).rejects.toMatchObject({ name: 'UserError' });
    }
    const line = bytes.indexOf(10);
    await writeFile(
      path,
      Buffer.concat([Buffer.from('{"in_features": 8, "out_features": 3}'), bytes.subarray(line)]),
    );
    await expect(readHead(path)).rejects.toThrow('weight of');
  });
});
