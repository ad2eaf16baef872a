// Documents in a file of JSON objects, one a line.
import { UserError } from '../../../base/errors.ts';
import { chooseColumn, contentOf } from './content.ts';
import type { Skip, TextFile } from './text-file.ts';
import { readLines } from './text-lines.ts';

/** Read a .jsonl file. The first line decides which column is read. */
export function jsonLines(path: string, column: string | undefined): TextFile {
  return {
    async *documents(skip: Skip) {
      let chosen: string | undefined;
      let number = 0;
      for await (const line of readLines(path)) {
        number++;
        if (line.trim() === '') continue;
        const wanted = skip.left === 0;
        if (!wanted) skip.left--;
        if (!wanted && chosen !== undefined) continue;
        const source = `${path}:${number}`;
        const record = parse(line, source);
        chosen ??= chooseColumn(Object.keys(record), column, source);
        if (!Object.hasOwn(record, chosen)) chooseColumn(Object.keys(record), chosen, source);
        if (wanted) yield { source, content: contentOf(record[chosen], chosen, source) };
      }
    },
  };
}

function parse(line: string, source: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new UserError(`invalid text file: '${source}' is not JSON`, {
      hint: 'each line must be one JSON object',
      cause,
    });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new UserError(`invalid text file: '${source}' is no JSON object`, {
    hint: 'each line must be one object, such as {"text": "…"}',
  });
}
