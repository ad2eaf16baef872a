// Which rows of the same examples each of several sources reads from a model that runs along.
import { stableJson } from '../../base/json.ts';
import { type ExamplesToChooseFrom, type RowChoice, rowChoice } from '../ignored/choose-rows.ts';
import { readingOf, type WantedSource } from '../open-options.ts';

/**
 * Say how each source reads its rows. Sources that leave the same ones out look for them once.
 * @throws {UserError} for patches, labels and tokens that the examples do not have.
 */
export function selectRows(
  wanted: readonly WantedSource[],
  examples: Omit<ExamplesToChooseFrom, 'patches'>,
): (ReturnType<typeof readingOf> & RowChoice)[] {
  const choices = new Map<string, RowChoice>();
  return wanted.map(({ data, ignore, scaling }) => {
    const { patches, layer } = data;
    const key = stableJson([ignore, patches, layer === 'all']);
    const rows = choices.get(key) ?? rowChoice(ignore, { ...examples, patches });
    choices.set(key, rows);
    return { ...readingOf(data, { ...(scaling && { scaling }) }), ...rows };
  });
}
