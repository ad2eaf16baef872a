// Documents in a parquet file: a column of texts or of token lists.
import type { AsyncBuffer, SchemaTree } from 'hyparquet';
import { UserError } from '../../../base/errors.ts';
import { mapAhead } from '../../../base/iterables.ts';
import { chooseColumn, contentOf } from './content.ts';
import type { Skip } from './text-file.ts';
import type { CountedTextFile } from './text-parts.ts';

/** Blocks of rows that are read at a time: one is worked on, one is on its way. */
const BLOCKS_AHEAD = 2;

/** Bytes that are read at once, about. */
const BLOCK_BYTES = 4 * 2 ** 20;

/** Read a .parquet file, row by row. `name` stands for it in errors. */
export function parquetTexts(
  name: string,
  open: () => Promise<AsyncBuffer>,
  column: string | undefined,
): CountedTextFile {
  const openRows = async () => {
    const { openParquetRows } = await import('../../files/parquet-rows.ts');
    return openParquetRows(name, await open());
  };
  return {
    count: async () => (await openRows()).rows,
    async *documents(skip: Skip) {
      const file = await openRows();
      const chosen = chooseColumn([...file.columns.keys()], column, name);
      checkKind(file.columns.get(chosen)!, chosen, name);
      const first = Math.min(skip.left, file.rows);
      skip.left -= first;
      const plan = file.plan({ columns: [chosen], blockBytes: BLOCK_BYTES });
      const blocks = plan.filter(({ end }) => end > first);
      const read = (block: (typeof blocks)[number]) => file.read([chosen], { block, text: true });
      let block = 0;
      for await (const rows of mapAhead(blocks, BLOCKS_AHEAD, read)) {
        const { start } = blocks[block++]!;
        for (let i = Math.max(0, first - start); i < rows.length; i++) {
          const source = `${name}#${start + i}`;
          yield { source, content: contentOf(rows[i]![chosen], chosen, source) };
        }
      }
    },
  };
}

/** Refuse a column of another kind before any row is fetched. */
function checkKind(tree: SchemaTree, column: string, name: string): void {
  let leaf = tree;
  while (leaf.children.length === 1) leaf = leaf.children[0]!;
  const { type, converted_type, logical_type } = leaf.element;
  const isList = leaf !== tree;
  const isText = type === 'BYTE_ARRAY' && !isList;
  const isTokens = isList && (type === 'INT32' || type === 'INT64') && leaf.children.length === 0;
  if (isText || isTokens) return;
  const kind = logical_type?.type ?? converted_type ?? type ?? 'a record';
  throw new UserError(`invalid column '${column}' in '${name}': neither text nor token numbers`, {
    hint: `it holds ${isList ? 'lists of ' : ''}${kind}`,
  });
}
