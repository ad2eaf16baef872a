// ADE20K as the scene parsing benchmark has it (Zhou et al. 2017), http://sceneparsing.csail.mit.edu: 150 classes of pixels.
import { join } from 'node:path';
import { UserError } from '../../../base/errors.ts';
import { kindOfPath } from '../../../base/files.ts';
import { openAde20k } from '../../datasets/ade20k.ts';
import { OBJECT_INFO, readClassNames } from '../../datasets/object-info.ts';
import { unpackZip } from '../archives/unpack.ts';
import { type Arranging, type LabelledSet, localFile } from './labelled-set.ts';

const ARCHIVE = 'ADEChallengeData2016.zip';
const TOP = 'ADEChallengeData2016/';
const TABLES = ['sceneCategories.txt', OBJECT_INFO] as const;
const FOLDERS = ['images', 'annotations'] as const;

export const ade20k: LabelledSet = {
  name: 'ade20k',
  title: 'ADE20K',
  files: [
    {
      url: 'http://data.csail.mit.edu/places/ADEchallenge/ADEChallengeData2016.zip',
      format: 'zip',
      size: undefined,
      md5: '7328b3957e407ddae1d3cbf487f149ef',
    },
  ],
  unpackedSize: 1.1e9,
  parts: [...FOLDERS, ...TABLES],
  splits: [],
  arrange,
};

async function arrange(arranging: Arranging): Promise<void> {
  const { into, signal } = arranging;
  const path = localFile(arranging, ARCHIVE);
  const tables: readonly string[] = TABLES;
  await unpackZip(path, {
    into,
    place: (member) => {
      const inside = member.startsWith(TOP) ? member.slice(TOP.length) : '';
      const isWanted =
        tables.includes(inside) || FOLDERS.some((folder) => inside.startsWith(`${folder}/`));
      return isWanted ? inside : undefined;
    },
    signal,
  });
  for (const part of [...FOLDERS, ...TABLES])
    if ((await kindOfPath(join(into, part))) === 'nothing')
      throw new UserError(`missing '${TOP}${part}' in '${path}'`, {
        hint: 'it is not the archive that the authors publish',
      });
  await readClassNames(into);
  for (const split of ['training', 'validation'] as const)
    await (await openAde20k(into, split)).close();
}
