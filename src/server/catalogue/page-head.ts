// What a page of features is about, told from the beginning of its index: its columns have megabytes, and a list needs none.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { PAGE_NAMES, PAGE_VERSION } from '../../pages/feature-page.ts';
import { islandStart } from '../../pages/page-files.ts';

const START = Buffer.from(islandStart(PAGE_NAMES.index));

/** Bytes in which what comes before the columns stands. */
const HEAD = 2 ** 16;

const headSchema = z.object({
  version: z.literal(PAGE_VERSION),
  title: z.string(),
  facts: z.array(z.tuple([z.string(), z.string()])),
  modality: z.enum(['image', 'text']),
  dSae: z.int().min(0),
  features: z.object({ count: z.int().min(0) }),
});

/** Read the beginning of the index in `folder`; undefined where it is not as this program writes it. */
export async function headOfPage(folder: string): Promise<z.output<typeof headSchema> | undefined> {
  const html = await readFile(join(folder, 'index.html'));
  const at = html.indexOf(START);
  if (at < 0) return undefined;
  const start = at + START.length;
  const text = html.toString('utf8', start, start + HEAD);
  // Inside of a text there is no quotation mark without a backslash before it: this is a key.
  const [before] = /^\{.*?,"features":\{"count":\d+/s.exec(text) ?? [];
  if (before === undefined) return undefined;
  try {
    return headSchema.safeParse(JSON.parse(`${before}}}`)).data;
  } catch {
    return undefined;
  }
}
