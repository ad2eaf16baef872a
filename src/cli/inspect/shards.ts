// A folder of recorded activations.
import { join } from 'node:path';
import { readTexts } from '../../activations/shards/context-files.ts';
import { shardGeometry } from '../../activations/shards/geometry.ts';
import { readMetadata } from '../../activations/shards/metadata.ts';
import { readProgress } from '../../activations/shards/recording-log.ts';
import { openShardIndex } from '../../activations/shards/shard-index.ts';
import { UserError } from '../../base/errors.ts';
import { kindOfPath } from '../../base/files.ts';
import { bytes, number } from '../../base/text.ts';
import type { Description } from './description.ts';

/** Describe a shard folder; undefined when the folder is none. A damaged one is described, with what is wrong. */
export async function describeShards(path: string): Promise<Description | undefined> {
  if ((await kindOfPath(join(path, 'metadata.json'))) !== 'file') return undefined;
  const metadata = await readMetadata(path);
  const geometry = shardGeometry(metadata);
  const texts = await readTexts(path);
  const noun = texts === undefined ? 'image' : 'context';
  const { nExamples } = metadata;
  const state = await stateOf(path, nExamples, `${noun}s`);
  const counted = nExamples === state.nGiven ? '' : ` (${number(nExamples)} in the metadata)`;
  const parts = texts === undefined ? 'patches' : 'tokens';
  const tokens = `${metadata.nPatches} ${parts}${metadata.hasCls ? ' and CLS' : ''}`;
  const size = metadata.nExamples * geometry.exampleBytes;
  return {
    kind: 'activations',
    path,
    summary: `${metadata.checkpoint}, ${number(state.nGiven)} ${noun}s, layers ${metadata.layers.join(' ')}`,
    facts: [
      ['model', `${metadata.family} ${metadata.checkpoint}`],
      ['layers', metadata.layers.join(', ')],
      [`${noun}s`, `${number(state.nGiven)} of ${dataOf(metadata.data)}${counted}`],
      [
        'rows',
        `${tokens} ${texts === undefined ? 'an image' : 'a context'}, ${metadata.dModel} numbers each${metadata.dtype === undefined ? '' : `, ${metadata.dtype}`}`,
      ],
      ...(texts === undefined
        ? []
        : ([['texts', `packing ${texts.packing}, tokenizer ${texts.tokenizer}`]] as const)),
      ['size', `${bytes(size)} in files of ${bytes(geometry.shardBytes)}`],
      ['protocol', metadata.protocol === 'saev' ? "saev's original" : metadata.protocol],
      ['state', state.text],
    ],
    data: { metadata, state: state.name, skipped: state.skipped, bytes: size, texts },
  };
}

interface State {
  /** Examples that there were: Python's metadata may count files that are none. */
  readonly nGiven: number;
  readonly name: 'whole' | 'unfinished' | 'damaged';
  readonly text: string;
  readonly skipped: readonly { index: number; reason: string }[];
}

async function stateOf(path: string, nExamples: number, nouns: string): Promise<State> {
  const progress = await readProgress(path);
  if (progress !== undefined) {
    const text = `unfinished: ${number(progress.written)} of ${number(nExamples)} ${nouns}`;
    return { name: 'unfinished', text, nGiven: nExamples, skipped: progress.skipped };
  }
  try {
    const { files, skipped, absent } = await openShardIndex(path);
    const holes = skipped.length === 0 ? '' : `, ${number(skipped.length)} skipped`;
    const nGiven = nExamples - absent.length + skipped.length;
    const text = `whole: ${files.length} ${files.length === 1 ? 'file' : 'files'}${holes}`;
    return { name: 'whole', text, nGiven, skipped };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const text = `damaged: ${error.message}`;
    return { name: 'damaged', text, nGiven: nExamples, skipped: [] };
  }
}

/** Protocol 2.1 holds a pickle, which says nothing to people. */
function dataOf(data: string): string {
  return data.includes('(') ? data : 'a pickled dataset';
}
