// An edit as interventions in a run of a language model: at every position that is edited, and in generation on new ones.
import type { HookContext, Intervention } from '../../backbones/language/types.ts';
import type { Tensor } from '../../backbones/types.ts';
import { putRows, rowsAt } from '../../training/evaluation/substitution.ts';
import { type CodeChange, changeOutputs } from '../editing/change-codes.ts';
import { checkEditedRows } from '../editing/edited-rows.ts';
import type { EditableTexts } from './editable.ts';

/** What is edited, and where. */
export interface TextEdit {
  readonly changes: readonly CodeChange[];
  /** Tells whether a position is edited, those of new tokens included. */
  readonly isEdited: (position: number) => boolean;
  /** Told of each row whose numbers an edit changed. */
  readonly onEdited?: (position: number) => void;
}

/**
 * Give the interventions that change codes in one run, or in one continuation; none where nothing changes, so that such a
 * run has all bits of the clean one.
 */
export function editInterventions(
  { coder, input, output, head }: Pick<EditableTexts, 'coder' | 'input' | 'output' | 'head'>,
  { changes, isEdited, onEdited }: TextEdit,
): Intervention[] {
  if (changes.length === 0) return [];
  const change = async (
    inputs: Float32Array,
    value: Tensor,
    { positions }: HookContext,
  ): Promise<Tensor> => {
    const { dIn, dOut } = coder.config;
    const outputs = rowsAt(value, head);
    const positionOf = (row: number): number => positions[row % positions.length]!;
    const open = Array.from({ length: outputs.length / dOut }, (_, row) => row).filter((row) =>
      isEdited(positionOf(row)),
    );
    if (open.length === 0) return value;
    const before = pick(outputs, open, dOut);
    const rows = { inputs: pick(inputs, open, dIn), outputs: before };
    const after = await changeOutputs(rows, coder, changes);
    checkEditedRows(after, output);
    const all = outputs.slice();
    for (const [i, row] of open.entries()) {
      const own = after.subarray(i * dOut, (i + 1) * dOut);
      if (own.some((x, j) => x !== before[i * dOut + j])) onEdited?.(positionOf(row));
      all.set(own, row * dOut);
    }
    return putRows(value, all, output, head);
  };
  if (input === output) {
    return [{ point: output, apply: (value, where) => change(rowsAt(value, head), value, where) }];
  }
  let read = new Float32Array();
  return [
    {
      point: input,
      apply(value) {
        read = Float32Array.from(rowsAt(value, head));
        return value;
      },
    },
    { point: output, apply: (value, where) => change(read, value, where) },
  ];
}

function pick(values: Float32Array, rows: readonly number[], width: number): Float32Array {
  const picked = new Float32Array(rows.length * width);
  for (const [i, row] of rows.entries())
    picked.set(values.subarray(row * width, (row + 1) * width), i * width);
  return picked;
}
