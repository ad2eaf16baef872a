// Files that would hang a reader or fill its memory.
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { UserError } from '../base/errors.ts';
import { bytesSource } from './byte-source.ts';
import { readNpy } from './numpy/npy.ts';
import { openNpz, writeNpz } from './numpy/npz.ts';
import { openSafetensors } from './safetensors.ts';
import { gunzipPickle, unpackLimit } from './torch/gunzip-pickle.ts';
import { pickle } from './torch/pickle-write.ts';
import { openTorchFile, readTorch } from './torch/torch-file.ts';
import { openZip } from './zip/zip.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saev-hostile-'));
});
afterAll(() => rm(folder, { recursive: true }));

test.skipIf(process.platform === 'win32')('a pipe is refused, not waited for', async () => {
  const pipe = join(folder, 'pipe.safetensors');
  execFileSync('mkfifo', [pipe]);
  for (const read of [openSafetensors, readNpy, openNpz, openTorchFile]) {
    await expect(read(pipe)).rejects.toThrow('is not a file');
  }
});

describe('a gzipped pickle', () => {
  test('is refused for its first byte, before the rest is unpacked', async () => {
    const packed = gzipSync(Buffer.alloc(2 ** 22));
    await expect(readTorch(bytesSource(packed, 'zeros.pkl.gz'))).rejects.toThrow(
      "'zeros.pkl.gz' does not unpack to one",
    );
  });

  test('is refused where it unpacks to far more than it is', async () => {
    const bomb = Buffer.concat([Buffer.from([0x80, 2]), Buffer.alloc(2 ** 21)]);
    const source = bytesSource(gzipSync(bomb), 'bomb.pkl.gz');
    await expect(gunzipPickle(source, 2 ** 20)).rejects.toThrow('unpacks to more than 1048576');
    expect((await gunzipPickle(source)).byteLength).toBe(bomb.byteLength);
    expect(unpackLimit(10)).toBe(2 ** 26);
    expect(unpackLimit(2 ** 30)).toBe(2 ** 32);
  });

  test('that is damaged is refused', async () => {
    const whole = gzipSync(pickle(new Map([['a', 1]])));
    for (const bytes of [whole.subarray(0, 15), Buffer.concat([whole.subarray(0, 12), whole])]) {
      await expect(readTorch(bytesSource(bytes, 'cut.pkl.gz'))).rejects.toBeInstanceOf(UserError);
    }
    expect(await readTorch(bytesSource(whole))).toEqual(new Map([['a', 1]]));
  });
});

/** A zip archive of one deflated member. */
async function archiveOf(name: string, content: Buffer): Promise<string> {
  const path = join(folder, `${name.replaceAll('/', '-')}.zip`);
  const packed = deflateRawSync(content);
  const { crc32 } = await import('node:zlib');
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  const fields = (at: number, to: Buffer): void => {
    to.writeUInt16LE(20, at);
    to.writeUInt16LE(8, at + 4);
    to.writeUInt32LE(crc32(content), at + 10);
    to.writeUInt32LE(packed.byteLength, at + 14);
    to.writeUInt32LE(content.byteLength, at + 18);
    to.writeUInt16LE(name.length, at + 22);
  };
  fields(4, local);
  const central = Buffer.alloc(46);
  central.writeUInt32LE(0x02014b50, 0);
  central.writeUInt16LE(20, 4);
  fields(6, central);
  const start = local.byteLength + name.length + packed.byteLength;
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.byteLength + name.length, 12);
  end.writeUInt32LE(start, 16);
  await writeFile(
    path,
    Buffer.concat([local, Buffer.from(name), packed, central, Buffer.from(name), end]),
  );
  return path;
}

describe('a compressed member of an archive', () => {
  test('is unpacked only as far as its header is right', async () => {
    const zeros = await archiveOf('a.npy', Buffer.alloc(2 ** 22));
    const file = await openNpz(zeros);
    await expect(file.read('a')).rejects.toThrow('does not start as one');
    await file.close();
    const data = Float32Array.from({ length: 2 ** 15 }, (_, i) => i % 7);
    await writeNpz(join(folder, 'plain.npz'), { a: { dtype: 'F32', shape: [2 ** 15], data } });
    const plain = await openZip(
      bytesSource(
        await import('node:fs').then(({ readFileSync }) => readFileSync(join(folder, 'plain.npz'))),
      ),
    );
    const npy = Buffer.from(await plain.read('a.npy'));
    const packed = await openNpz(await archiveOf('a.npy', npy));
    expect((await packed.read('a')).data).toEqual(data);
    await packed.close();
    const wrong = await openNpz(
      await archiveOf('a.npy', Buffer.concat([npy, Buffer.alloc(2 ** 20)])),
    );
    await expect(wrong.read('a')).rejects.toThrow('its header says');
    await wrong.close();
  });

  test('of a torch file that unpacks to far more than it is ends the reading', async () => {
    const path = await archiveOf('archive/data.pkl', Buffer.alloc(2 ** 26 + 1, 0x80));
    await expect(openTorchFile(path)).rejects.toThrow(/unpacks from \d+ to 67108865 bytes/);
  });
});

test('what a file puts into a message is cut, and brought to one line', () => {
  const { message } = new UserError(`unknown thing: '${'[\n'.repeat(100_000)}'`);
  expect(message.length).toBeLessThanOrEqual(1000);
  expect(message).not.toContain('\n');
  expect(new UserError('first\r\n  second\n').message).toBe('first second');
});
