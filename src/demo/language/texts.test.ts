import { readFile, stat, utimes } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { inTemporaryFolder } from '../../../test/helpers/folders.ts';
import { loadTokenizer } from '../../data/texts/load-tokenizer.ts';
import { sampleDocument } from '../../data/worlds/language/document.ts';
import { firstRows, ROW_TOKENS, writeWorldRows } from './texts.ts';

const tokenizer = await loadTokenizer('world-gpt2');

it('begins each row with a text, and goes on with the next', () => {
  const rows = firstRows(12, { seed: 5, tokenizer });
  // Two texts are always longer than a row, and one never is.
  rows.forEach((row, r) => {
    expect(row).toHaveLength(ROW_TOKENS);
    const [before, first, second, ...rest] = tokenizer.decode(row).split('<|endoftext|>');
    expect([before, rest]).toEqual(['', []]);
    expect(first).toBe(sampleDocument(5, 2 * r).text);
    expect(second).not.toBe('');
    expect(sampleDocument(5, 2 * r + 1).text.startsWith(second!)).toBe(true);
  });
});

it('writes the rows of a seed once', async () => {
  await inTemporaryFolder(async (folder) => {
    const options = { nRows: 7, seed: 3, tokenizer };
    const path = await writeWorldRows(folder, options);
    const lines = (await readFile(path, 'utf8')).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).tokens)).toEqual(
      firstRows(7, options).map((row) => [...row]),
    );
    await utimes(path, 1, 1);
    expect(await writeWorldRows(folder, options)).toBe(path);
    expect((await stat(path)).mtimeMs).toBe(1000);
    expect(await writeWorldRows(folder, { ...options, seed: 4 })).not.toBe(path);
  });
});

it('leaves nothing when it is stopped', async () => {
  await inTemporaryFolder(async (folder) => {
    const signal = AbortSignal.abort(new Error('stopped'));
    const options = { nRows: 7, seed: 3, tokenizer };
    await expect(writeWorldRows(folder, { ...options, signal })).rejects.toThrow('stopped');
    const path = await writeWorldRows(folder, options);
    expect((await readFile(path, 'utf8')).trim().split('\n')).toHaveLength(7);
  });
});
