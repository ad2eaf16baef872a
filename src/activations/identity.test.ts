import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { exactValues, smallMetadata } from '../../test/helpers/activation-data.ts';
import { inTemporaryFolder } from '../../test/helpers/folders.ts';
import { shardsIdentity } from './identity.ts';
import type { RecordingOrigin } from './shards/origin.ts';
import { openShardWriter } from './shards/shard-writer.ts';

async function write(dumpTo: string, origin?: RecordingOrigin): Promise<string> {
  const metadata = smallMetadata();
  const writer = await openShardWriter(dumpTo, metadata, { overwrite: true, origin });
  await writer.append(exactValues((metadata.nExamples * writer.geometry.exampleBytes) / 4));
  await writer.finish();
  return writer.folder;
}

test('recorded rows are told by what they were recorded from, wherever the shards lie', async () => {
  await inTemporaryFolder(async (base) => {
    const model = { checkpoint: 'm', hash: 'm' };
    const data = { where: '/A', files: 7, bytes: 700, hash: 'a' };
    const [a, b] = [join(base, 'a'), join(base, 'b')];
    await write(a, { data, model });
    const before = await shardsIdentity(a);
    await write(b, { data, model });
    expect(await shardsIdentity(b)).toEqual(before);
    await write(a, { data: { ...data, hash: 'b' }, model });
    expect(await shardsIdentity(a)).not.toEqual(before);
    await write(a, { data, model: { ...model, hash: 'n' } });
    expect(await shardsIdentity(a)).not.toEqual(before);
  });
});

test('where nothing says it, the files do', async () => {
  await inTemporaryFolder(async (base) => {
    const folder = await write(base);
    const before = await shardsIdentity(base);
    expect(await shardsIdentity(folder)).toEqual(before);
    await utimes(join(folder, 'acts000001.bin'), 1, 1);
    expect(await shardsIdentity(base)).not.toEqual(before);
  });
});
