// The answer to a request for data: not sent again when the visitor has it, compressed where that helps.
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Context } from 'hono';
import { DataFile } from '../routes/route.ts';

/** Smaller answers are sent as they are. */
const WORTHWHILE = 1400;

/** Bytes of compressed answers that are kept for the next who asks. */
const MOST_KEPT = 2 ** 25;

/** Gives answers. */
export interface DataAnswers {
  /** Answer with a value as JSON, a text of a page, or a file. */
  give(c: Context, value: unknown): Promise<Response>;
}

/** Make what gives answers, with a memory for what it has compressed. */
export function dataAnswers(): DataAnswers {
  const kept = new Map<string, Buffer>();
  const texts = new WeakMap<object, { text: string; tag: string }>();
  let size = 0;

  /** The text of a value; a frozen one, such as the catalogue, is the same for all who ask within a while. */
  const textOf = (value: unknown): { text: string; tag: string } => {
    const isKept = typeof value === 'object' && value !== null && Object.isFrozen(value);
    const known = isKept ? texts.get(value) : undefined;
    if (known !== undefined) return known;
    const text = JSON.stringify(value ?? null);
    const told = { text, tag: tagOf(text) };
    if (isKept) texts.set(value, told);
    return told;
  };
  const compressed = async (tag: string, bytes: string | Uint8Array): Promise<Buffer> => {
    const known = kept.get(tag);
    if (known !== undefined) kept.delete(tag);
    const small = known ?? (await promisify(gzip)(bytes, { level: 4 }));
    if (known === undefined && !kept.has(tag)) size += small.byteLength;
    kept.set(tag, small);
    for (const [oldest, { byteLength }] of kept) {
      if (size <= MOST_KEPT) break;
      kept.delete(oldest);
      size -= byteLength;
    }
    return small;
  };
  return {
    async give(c, value) {
      const isFile = value instanceof DataFile;
      const { text: body, tag } = isFile
        ? { text: value.bytes, tag: tagOf(value.bytes) }
        : textOf(value);
      const type = isFile ? value.type : 'application/json';
      c.header('ETag', tag);
      // Runs are trained and pages are made anew: whoever has an answer asks whether it is still the one.
      c.header('Cache-Control', 'private, no-cache');
      c.header('Vary', 'Accept-Encoding, Cookie');
      if (c.req.header('if-none-match')?.split(/, */).includes(tag)) return c.body(null, 304);
      c.header('Content-Type', type);
      const gains = /^(text\/|application\/(json|javascript|wasm|x-))/.test(type);
      const takes = /(^|[ ,])gzip(?!;q=0(\.0*)?($|[ ,]))/.test(
        c.req.header('accept-encoding') ?? '',
      );
      if (!gains || !takes || body.length < WORTHWHILE)
        return c.body(body as string | Uint8Array<ArrayBuffer>);
      c.header('Content-Encoding', 'gzip');
      return c.body((await compressed(tag, body)) as Uint8Array<ArrayBuffer>);
    },
  };
}

/** A weak tag: compressed or not, it is the same. */
function tagOf(content: string | Uint8Array): string {
  return `W/"${createHash('sha1').update(content).digest('base64url')}"`;
}
