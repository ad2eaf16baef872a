// Recorded activations, as lists name them.
import { readTexts } from '../../activations/shards/context-files.ts';
import { readMetadata } from '../../activations/shards/metadata.ts';
import type { Entry } from '../../pages/catalogue.ts';
import { entryOf, faultOf } from './entry.ts';
import type { Found } from './find.ts';
import type { Memory } from './memory.ts';

/** Files that say what shards are of. */
const FILES = [{ name: 'metadata.json' }, { name: 'texts.json' }];

/** What activations were recorded of. */
export interface ShardsFacts {
  readonly modality: 'image' | 'text';
  readonly model: string;
}

/** Describe a folder of shards. */
export async function describeShards(found: Found, memory: Memory): Promise<Entry> {
  try {
    await shardsFacts(found.folder, memory);
    return entryOf(found);
  } catch (error) {
    return { ...entryOf(found), ...faultOf(error, found) };
  }
}

/**
 * Read what a folder of shards is of.
 * @throws {UserError} when it is damaged.
 */
export function shardsFacts(folder: string, memory: Memory): Promise<ShardsFacts> {
  return memory.recall('shards', folder, FILES, async () => {
    const { checkpoint } = await readMetadata(folder);
    const isText = (await readTexts(folder)) !== undefined;
    return { modality: isText ? 'text' : 'image', model: checkpoint };
  });
}
