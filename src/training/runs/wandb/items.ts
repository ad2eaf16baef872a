// Values of a run as wandb writes them: JSON under their names, tables of values under a way of names.
import { type PythonValue, pythonJson } from '../../../formats/python/python-json.ts';
import type { WandbItem } from '../../../formats/wandb/record.ts';

/** Something with values by name. */
export type ItemTable = Readonly<Record<string, PythonValue>>;

/** Say numbers, one an item; those that JSON does not have as Python writes them (`NaN`). */
export function itemsOf(values: ItemTable): WandbItem[] {
  return Object.entries(values).map(([name, value]) => ({
    nestedKey: [name],
    valueJson: pythonJson(value),
  }));
}

/** Say a table of values under a name. */
export function itemsUnder(name: string, values: ItemTable): WandbItem[] {
  return itemsOf(values).map((item) => ({ ...item, nestedKey: [name, ...item.nestedKey!] }));
}

/**
 * Say settings under the names that Python's programs give theirs: `sae.exp_factor`. What is not set is left out.
 */
export function configItems(config: object): WandbItem[] {
  return Object.entries(pythonNames(config)).map(([key, value]) => ({
    key,
    valueJson: JSON.stringify(value),
  }));
}

function pythonNames(table: object): Record<string, unknown> {
  const named = Object.entries(table).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    named.map(([name, value]) => {
      const snake = name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      const isTable = typeof value === 'object' && value !== null && !Array.isArray(value);
      return [snake, isTable ? pythonNames(value as object) : value];
    }),
  );
}
