// What a large graph file is about, told without parsing it: its beginning, and how often nodes and links occur.
import { open } from 'node:fs/promises';
import { z } from 'zod';
import { UserError } from '../../base/errors.ts';

/** Bytes that are looked at at a time, and of the beginning, in which the metadata stands. */
const BLOCK = 2 ** 20;

const NODE = Buffer.from('"node_id"');
const LINK = Buffer.from('"target"');

const metadataSchema = z.object({
  slug: z.string(),
  scan: z.string(),
  prompt: z.string(),
  root: z.string().optional(),
  replacement_score: z.number().optional(),
  completeness_score: z.number().optional(),
});

/** What a graph is about, with the numbers of its nodes and links. */
export interface GraphFacts extends z.output<typeof metadataSchema> {
  readonly nodes: number;
  readonly links: number;
}

/**
 * Scan a graph file, in which the metadata comes first, as every program writes it. In JSON text a quotation mark inside a
 * string has a backslash before it, so what is counted are keys.
 * @throws {UserError} when it does not begin with the metadata of a graph.
 */
export async function scanGraph(path: string): Promise<GraphFacts> {
  const file = await open(path);
  try {
    const overlap = NODE.length - 1;
    const buffer = Buffer.allocUnsafe(BLOCK + overlap);
    let about: z.output<typeof metadataSchema> | undefined;
    let [nodes, links, held] = [0, 0, 0];
    for (;;) {
      const { bytesRead } = await file.read(buffer, held, BLOCK);
      if (bytesRead === 0) break;
      const block = buffer.subarray(0, held + bytesRead);
      about ??= readMetadata(block.toString('utf8'));
      nodes += countOf(NODE, block);
      links += countOf(LINK, block);
      // What could be the beginning of a key is looked at again with what follows; a whole key fits only into one block.
      held = Math.min(overlap, block.length);
      const rest = block.subarray(block.length - held);
      nodes -= countOf(NODE, rest);
      links -= countOf(LINK, rest);
      buffer.copyWithin(0, block.length - held, block.length);
    }
    if (about === undefined) throw new UserError('its file is damaged');
    return { ...about, nodes, links };
  } finally {
    await file.close();
  }
}

function countOf(what: Buffer, block: Buffer): number {
  let count = 0;
  for (let at = block.indexOf(what); at >= 0; at = block.indexOf(what, at + what.length)) count++;
  return count;
}

/** The object behind the first key `metadata`. */
function readMetadata(text: string): z.output<typeof metadataSchema> {
  const begin = /^\s*\{\s*"metadata"\s*:\s*(?=\{)/.exec(text);
  const end = begin === null ? undefined : endOfObject(text, begin[0].length);
  const parsed = metadataSchema.safeParse(
    end === undefined ? undefined : JSON.parse(text.slice(begin![0].length, end)),
  );
  if (parsed.success) return parsed.data;
  throw new UserError('its file does not begin with the metadata of a graph');
}

/** Where the object that begins at `start` ends. */
function endOfObject(text: string, start: number): number | undefined {
  let depth = 0;
  let isText = false;
  for (let i = start; i < text.length; i++) {
    const character = text[i];
    if (isText) {
      if (character === '\\') i++;
      else if (character === '"') isText = false;
    } else if (character === '"') isText = true;
    else if (character === '{') depth++;
    else if (character === '}' && --depth === 0) return i + 1;
  }
  return undefined;
}
