import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inTemporaryFolder } from '../../../../test/helpers/folders.ts';
import { tableTruth } from './table.ts';
import type { ExampleNames } from './table-rows.ts';
import type { ConceptTruth } from './truth.ts';

const photos = ['cats/1.png', 'cats/2.png', 'dogs/1.png', 'dogs/3.png'];
const images: ExampleNames = {
  length: photos.length,
  noun: 'image',
  nameOf: (example) => `/data/photos/${photos[example]!}`,
};

async function read(
  text: string,
  options: { columns?: string[]; key?: string; examples?: ExampleNames } = {},
): Promise<ConceptTruth> {
  const { columns = [], key, examples = images } = options;
  let truth: ConceptTruth | undefined;
  await inTemporaryFolder(async (folder) => {
    const path = join(folder, 'labels.csv');
    await writeFile(path, text);
    truth = await tableTruth(path, examples, { columns, key });
  });
  return truth!;
}

const shown = (truth: ConceptTruth, example: number): string[] | undefined =>
  truth.of(example, -1)?.present.map((c) => {
    const { kind, name } = truth.concepts[c]!;
    return `${kind}: ${name}`;
  });

describe('a table of labels', () => {
  it('makes concepts of texts, of 0 and 1, and of a handful of numbers', async () => {
    const truth = await read(
      'file,species,wild,legs\ncats/1.png,cat,0,4\ncats/2,lynx,1,4\ndogs/1.png,dog,0,3\n3.png,wolf,1,4\n',
    );
    expect(truth.kinds).toEqual(['species', 'wild', 'legs']);
    expect(truth.concepts).toHaveLength(4 + 1 + 2);
    expect(shown(truth, 1)).toEqual(['species: lynx', 'wild: wild', 'legs: 4']);
    expect(shown(truth, 2)).toEqual(['species: dog', 'legs: 3']);
    expect(shown(truth, 3)).toEqual(['species: wolf', 'wild: wild', 'legs: 4']);
  });

  it('reads quotation marks, a byte order mark, line ends of Windows and semicolons', async () => {
    const truth = await read(
      '\ufeffimage;note\r\n"cats/1.png";"grey; ""old"""\r\ncats/2.png;new, red\r\n',
    );
    expect(shown(truth, 0)).toEqual(['note: grey; "old"']);
    expect(shown(truth, 1)).toEqual(['note: new, red']);
    // No row says anything of the others.
    expect(truth.of(2, -1)).toBeUndefined();
  });

  it('leaves a row out for the column whose cell is empty', async () => {
    const truth = await read('file,species,wild\ncats/1.png,,1\ncats/2.png,lynx,NaN\n');
    expect(truth.of(0, -1)).toEqual({ present: [1], unknown: [0] });
    expect(truth.of(1, -1)).toEqual({ present: [0], unknown: [1] });
  });

  it('goes by number, or by place where no column tells', async () => {
    const contexts = { length: 3, noun: 'context' };
    const byNumber = await read('index,topic\n2,tea\n0,rain\n', { examples: contexts });
    expect([0, 1, 2].map((i) => shown(byNumber, i))).toEqual([
      ['topic: rain'],
      undefined,
      ['topic: tea'],
    ]);
    const byPlace = await read('topic\ntea\nrain\ntea\n', { examples: contexts });
    expect(shown(byPlace, 2)).toEqual(['topic: tea']);
  });

  it.each([
    ['another column', 'file,species\ncats/1.png,cat\n', { columns: ['specis'] }, /specis/],
    ['another key', 'file,species\ncats/1.png,cat\n', { key: 'name' }, /name/],
    [
      'rows of other images',
      'file,species\nbirds/1.jpg,owl\nbirds/7.jpg,owl\n',
      {},
      /other images: 2 rows of 2 .*'birds\/1.jpg', 'birds\/7.jpg'/,
    ],
    ['too few rows', 'species\ncat\ndog\n', {}, /labels of 2 images .* of 4 \('\/data/],
    ['two rows of one image', 'file,a\n1.png,x\n', {}, /other images/],
    ['two rows of one image', 'file,a\ncats/1.png,x\ncats/1.png,y\n', {}, /two rows of/],
    ['two columns of one name', 'file,a,a\ncats/1.png,x,y\n', {}, /two columns 'a'/],
    ['no rows', 'file,a\n', {}, /empty table/],
    ['an open quotation mark', 'file,a\ncats/1.png,"x\n', {}, /invalid table/],
    ['more cells than columns', 'file,a\ncats/1.png,x,y\n', {}, /3 cells for 2/],
    [
      'measured numbers',
      `index,size\n${Array.from({ length: 12 }, (_, i) => `${i},${i / 7}`).join('\n')}\n`,
      { columns: ['size'], examples: { length: 12, noun: 'context' } },
      /12 different numbers/,
    ],
    [
      'names',
      `index,title\n${Array.from({ length: 30 }, (_, i) => `${i},title ${i}`).join('\n')}\n`,
      { columns: ['title'], examples: { length: 30, noun: 'context' } },
      /30 different texts/,
    ],
    ['nothing at all', 'file,a\ncats/1.png,\n', {}, /no column .* makes concepts/],
  ] as const)('refuses %s', async (_, text, options, message) => {
    const reading = read(text, options as Parameters<typeof read>[1]);
    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.toMatchObject({ name: 'UserError' });
  });

  it('names the nearest columns', async () => {
    const reading = read('file,species\ncats/1.png,cat\n', { columns: ['specis'] });
    await expect(reading).rejects.toMatchObject({ hint: "did you mean 'species'?" });
  });
});
