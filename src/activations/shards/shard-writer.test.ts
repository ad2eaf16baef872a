import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { copyFile, cp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { exactValues, smallMetadata } from '../../../test/helpers/activation-data.ts';
import { inTemporaryFolder, listFiles } from '../../../test/helpers/folders.ts';
import { type ActivationMetadata, parseMetadata } from './metadata.ts';
import { openShardWriter } from './shard-writer.ts';

interface Case {
  name: string;
  folder: string;
  n_written: number;
  metadata: string;
  files: { name: string; size: number; sha256: string }[];
}

const expected = JSON.parse(
  readFileSync(new URL('../../../fixtures/activations/expected.json', import.meta.url), 'utf8'),
) as { cases: Case[]; protocol_21: { folder: string; metadata: string; shards: string } };

/** Append `acts` in batches of `batchSize` examples, from where the writer stands up to `until`. */
async function record(
  dumpTo: string,
  metadata: ActivationMetadata,
  options: { n: number; batchSize: number; until?: number; syncBytes?: number },
): Promise<string> {
  const writer = await openShardWriter(dumpTo, metadata, { syncBytes: options.syncBytes ?? 1 });
  const floats = writer.geometry.exampleBytes / 4;
  const acts = exactValues(options.n * floats);
  const until = options.until ?? options.n;
  while (writer.nWritten < until) {
    const end = Math.min(writer.nWritten + options.batchSize, until);
    await writer.append(acts.subarray(writer.nWritten * floats, end * floats));
  }
  if (until === options.n) await writer.finish();
  await writer.close();
  return writer.folder;
}

describe('shard folders as Python writes them', () => {
  test.each(expected.cases)('$name', async ({ metadata, n_written, files, folder }) => {
    await inTemporaryFolder(async (dumpTo) => {
      const parsed = parseMetadata(JSON.parse(metadata), 'fixture');
      const written = await record(dumpTo, parsed, { n: n_written, batchSize: 2 });
      expect(written).toBe(join(dumpTo, folder));
      const found = await listFiles(written);
      // Where the metadata counts more images than there are, only we leave a note of it.
      const note = parsed.nExamples === n_written ? [] : ['skipped.json'];
      expect(found.filter(({ name }) => !note.includes(name))).toEqual(files);
      expect(found.length).toBe(files.length + note.length);
    });
  });

  test('protocol 2.1 lists its shards, the empty last one too', async () => {
    await inTemporaryFolder(async (dumpTo) => {
      const metadata = parseMetadata(JSON.parse(expected.protocol_21.metadata), 'fixture');
      const folder = await record(dumpTo, metadata, { n: 8, batchSize: 3 });
      expect(folder).toBe(join(dumpTo, expected.protocol_21.folder));
      expect(await readFile(join(folder, 'shards.json'), 'utf8')).toBe(expected.protocol_21.shards);
      const sizes = (await listFiles(folder)).filter(({ name }) => name.endsWith('.bin'));
      expect(sizes.map(({ size }) => size)).toEqual([1440, 1440, 1440]);
    });
  });

  test('protocol 2.1 keeps labels, one byte a patch', async () => {
    await inTemporaryFolder(async (dumpTo) => {
      const metadata = parseMetadata(JSON.parse(expected.protocol_21.metadata), 'fixture');
      const labels = Uint8Array.from({ length: 32 }, (_, i) => i);
      const acts = exactValues((8 * 3 * 5 * 6) | 0);
      const first = await openShardWriter(dumpTo, metadata, { labels: true });
      await first.append(acts.subarray(0, 3 * 90), labels.subarray(0, 12));
      await first.close();
      const second = await openShardWriter(dumpTo, metadata, { labels: true });
      await second.append(acts.subarray(3 * 90), labels.subarray(12));
      await second.finish();
      expect(new Uint8Array(await readFile(join(second.folder, 'labels.bin')))).toEqual(labels);
    });
  });
});

describe('resuming', () => {
  test('any interruption leaves the bytes of an uninterrupted run', async () => {
    const stops = fc.array(fc.integer({ min: 0, max: 7 }), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(stops, fc.integer({ min: 1, max: 5 }), async (untils, batchSize) => {
        await inTemporaryFolder(async (dumpTo) => {
          const whole = await record(join(dumpTo, 'a'), smallMetadata(), { n: 7, batchSize: 7 });
          let folder = '';
          for (const until of [...untils.sort(), 7]) {
            folder = await record(join(dumpTo, 'b'), smallMetadata(), { n: 7, batchSize, until });
          }
          expect(await listFiles(folder)).toEqual(await listFiles(whole));
        });
      }),
      { numRuns: 15 },
    );
  });

  test('what a killed process wrote after its last flush is written again', async () => {
    await inTemporaryFolder(async (dumpTo) => {
      const whole = await record(join(dumpTo, 'a'), smallMetadata(), { n: 7, batchSize: 7 });
      // A kill is the state on disk at some moment: copy it while the writer is at work, with a stale lock.
      const writer = await openShardWriter(join(dumpTo, 'b'), smallMetadata(), { syncBytes: 1e9 });
      await writer.append(exactValues(5 * 32));
      const killed = join(dumpTo, 'c', writer.folder.split('/').at(-1)!);
      await cp(writer.folder, killed, { recursive: true });
      await writer.close();
      await writeFile(
        join(killed, '.saev-lock'),
        JSON.stringify({ pid: 2 ** 22 + 5, host: hostname(), since: '' }),
      );
      // Garbage where the unflushed part was.
      await truncate(join(killed, 'acts000001.bin'), 10);
      const folder = await record(join(dumpTo, 'c'), smallMetadata(), { n: 7, batchSize: 2 });
      expect(folder).toBe(killed);
      expect(await listFiles(folder)).toEqual(await listFiles(whole));
    });
  });

  test('a killed process is taken over where its progress file says', async () => {
    await inTemporaryFolder(async (dumpTo) => {
      const metadata = smallMetadata({ nExamples: 100 });
      const whole = await record(join(dumpTo, 'a'), metadata, { n: 100, batchSize: 100 });
      const compiled = new URL('../../../dist/activations/shards/shard-writer.js', import.meta.url);
      const values = `Float32Array.from({ length: 3200 }, (_, i) => ((i * 7919) % 4093) / 256 - 8)`;
      const program = `
        const { openShardWriter } = await import(${JSON.stringify(compiled.href)});
        const writer = await openShardWriter(process.argv[1], ${JSON.stringify(metadata)}, { syncBytes: 1000 });
        for (const acts = ${values}; ; await new Promise((r) => setTimeout(r, 5))) {
          const n = writer.nWritten;
          if (n < 98) await writer.append(acts.subarray(n * 32, (n + 2) * 32));
          if (n === 40) console.log('half');
        }`;
      const child = spawn(
        process.execPath,
        ['--input-type=module', '-e', program, join(dumpTo, 'b')],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      );
      await once(child.stdout, 'data');
      child.kill('SIGKILL');
      await once(child, 'exit');
      const writer = await openShardWriter(join(dumpTo, 'b'), metadata);
      expect(writer.nWritten).toBeGreaterThan(0);
      expect(writer.nWritten).toBeLessThan(100);
      await writer.close();
      const folder = await record(join(dumpTo, 'b'), metadata, { n: 100, batchSize: 9 });
      expect(await listFiles(folder)).toEqual(await listFiles(whole));
    });
  });

  test('a finished folder is not touched again', async () => {
    await inTemporaryFolder(async (dumpTo) => {
      const folder = await record(dumpTo, smallMetadata(), { n: 7, batchSize: 7 });
      const before = await stat(join(folder, 'acts000000.bin'));
      const again = await openShardWriter(dumpTo, smallMetadata());
      expect(again.finished).toBe(true);
      expect(again.nWritten).toBe(7);
      await again.finish();
      await again.close();
      expect((await stat(join(folder, 'acts000000.bin'))).mtimeMs).toBe(before.mtimeMs);
    });
  });

  test('overwrite records anew', async () => {
    await inTemporaryFolder(async (dumpTo) => {
      const folder = await record(dumpTo, smallMetadata(), { n: 7, batchSize: 7 });
      await writeFile(join(folder, 'mine.txt'), 'kept');
      const writer = await openShardWriter(dumpTo, smallMetadata(), { overwrite: true });
      expect(writer.nWritten).toBe(0);
      await writer.append(new Float32Array(7 * 32));
      await writer.finish();
      const bytes = await readFile(join(folder, 'acts000000.bin'));
      expect(bytes.every((byte) => byte === 0)).toBe(true);
      expect(await readFile(join(folder, 'mine.txt'), 'utf8')).toBe('kept');
    });
  });
});

describe('refusals', () => {
  test('overwrite goes on in the job that began so, after Slurm has begun it anew', async () => {
    await inTemporaryFolder(async (dumpTo) => {
      const metadata = smallMetadata();
      await record(dumpTo, metadata, { n: 12, batchSize: 3, until: 3 });
      const overwriting = async (): Promise<number> => {
        const writer = await openShardWriter(dumpTo, metadata, { overwrite: true, syncBytes: 1 });
        const { nWritten } = writer;
        const floats = writer.geometry.exampleBytes / 4;
        await writer.append(exactValues(6 * floats));
        await writer.close();
        return nWritten;
      };
      try {
        vi.stubEnv('SLURM_JOB_ID', '7');
        expect(await overwriting()).toBe(0);
        vi.stubEnv('SLURM_RESTART_COUNT', '1');
        expect(await overwriting()).toBe(6);
        vi.stubEnv('SLURM_JOB_ID', '8');
        expect(await overwriting()).toBe(0);
      } finally {
        vi.unstubAllEnvs();
      }
    });
  });

  test('a second writer of the same folder', async () => {
    await inTemporaryFolder(async (dumpTo) => {
      const writer = await openShardWriter(dumpTo, smallMetadata());
      await expect(openShardWriter(dumpTo, smallMetadata())).rejects.toThrow('is being written');
      await writer.close();
      await (await openShardWriter(dumpTo, smallMetadata())).close();
    });
  });

  test('shards that another program left unfinished are kept', async () => {
    await inTemporaryFolder(async (dumpTo) => {
      const folder = await record(dumpTo, smallMetadata(), { n: 7, batchSize: 7 });
      await rm(join(folder, 'acts000002.bin'));
      const before = await listFiles(folder);
      await expect(openShardWriter(dumpTo, smallMetadata())).rejects.toThrow('left unfinished');
      expect(await listFiles(folder)).toEqual(before);
    });
  });

  test('foreign metadata in the folder', async () => {
    await inTemporaryFolder(async (dumpTo) => {
      const folder = await record(dumpTo, smallMetadata(), { n: 7, batchSize: 7 });
      await copyFile(join(folder, 'acts000000.bin'), join(folder, 'metadata.json'));
      await expect(openShardWriter(dumpTo, smallMetadata())).rejects.toThrow(
        'not that of its folder',
      );
    });
  });

  test('a recording larger than the disk', async () => {
    await inTemporaryFolder(async (dumpTo) => {
      const metadata = smallMetadata({ nExamples: 1e13, maxTokensPerShard: 1e6 });
      await expect(openShardWriter(dumpTo, metadata)).rejects.toThrow(
        /has [\d.]+ [kMGT]B free; this recording needs [\d.]+ TB/,
      );
    });
  });

  test('a folder that is removed while it is written, which does not come back half-made', async () => {
    await inTemporaryFolder(async (dumpTo) => {
      const writer = await openShardWriter(dumpTo, smallMetadata(), { syncBytes: 1 });
      const acts = exactValues(writer.geometry.exampleBytes / 4);
      await writer.append(acts);
      await rm(writer.folder, { recursive: true });
      const write = async (): Promise<void> => {
        await writer.append(acts);
        await writer.finish();
      };
      await expect(write()).rejects.toThrow('was removed or taken over');
      await writer.close().catch(() => undefined);
      expect(await readdir(dumpTo)).toEqual([]);
    });
  });

  test('a shard too small for one example', async () => {
    await inTemporaryFolder(async (dumpTo) => {
      const metadata = smallMetadata({ maxTokensPerShard: 7 });
      await expect(openShardWriter(dumpTo, metadata)).rejects.toThrow('cannot hold one example');
    });
  });

  test('a dump folder that is a file', async () => {
    await inTemporaryFolder(async (dumpTo) => {
      await writeFile(join(dumpTo, 'file'), '');
      await expect(openShardWriter(join(dumpTo, 'file'), smallMetadata())).rejects.toThrow(
        'cannot write',
      );
    });
  });

  test('labels in the original protocol', async () => {
    await inTemporaryFolder(async (dumpTo) => {
      await expect(openShardWriter(dumpTo, smallMetadata(), { labels: true })).rejects.toThrow(
        'unsupported labels',
      );
    });
  });
});
