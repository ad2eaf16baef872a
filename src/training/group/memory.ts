// How much of the rows of a group is held in memory to be mixed, so that many sets of rows fit it together.
import type { ActivationSource } from '../../activations/types.ts';
import { UserError } from '../../base/errors.ts';
import { logger } from '../../base/log.ts';
import { bytes, counted, number } from '../../base/text.ts';
import type { FittedConfig } from '../config/fitting.ts';

const log = logger('train');

const GIB = 2 ** 30;
/** Memory for the rows of all sets where nobody says how much: so many bytes, or what one of them holds by itself. */
const USUAL_BYTES = 4 * GIB;

/**
 * Choose how many examples the mixing buffers of sources that are read together hold, and say so where it is less than each would
 * hold alone; undefined where all of them fit as they are.
 * @throws {UserError} when the memory does not hold a batch of each.
 */
export function sharedBuffer(
  sources: readonly Pick<ActivationSource, 'mixing' | 'rowsPerExample' | 'together'>[],
  { bufferMemory, saeBatchSize }: Pick<FittedConfig, 'bufferMemory' | 'saeBatchSize'>,
): number | undefined {
  const asked = sources.flatMap(({ mixing }) => mixing ?? []);
  if (asked.length === 0) return undefined;
  const wanted = asked.reduce((sum, each) => sum + each.bytes, 0);
  const most = Math.max(...asked.map((each) => each.bytes));
  const allowed = bufferMemory === undefined ? Math.max(USUAL_BYTES, most) : bufferMemory * GIB;
  const alone = Math.min(...asked.map(({ examples }) => examples));
  // Sources of one model share the order of their rows, and so the size of their buffers.
  const isOneSize = asked.every(({ examples }) => examples === alone);
  const isShared = sources.some(({ together }) => together !== undefined);
  if (wanted <= allowed && (isOneSize || !isShared)) return undefined;
  const perExample = asked.reduce((sum, each) => sum + each.bytes / each.examples, 0);
  const examples = Math.min(alone, Math.floor(allowed / perExample));
  const { rowsPerExample } = sources[0]!;
  const fewest = Math.min(alone, Math.ceil(saeBatchSize / rowsPerExample));
  const sets = counted(asked.length, 'set');
  if (examples < fewest) {
    throw new UserError(
      `not enough memory to mix ${sets} of rows: ${bytes(allowed)}, and a batch of each takes ${bytes(fewest * perExample)}`,
      {
        hint: 'raise --buffer-memory (in GiB), lower --sae-batch-size, or train on fewer hook points at a time',
      },
    );
  }
  log.info(
    `rows of ${number(examples)} examples are mixed at a time, in place of ${number(Math.max(...asked.map((each) => each.examples)))}: ${sets} of rows share ${bytes(allowed)} (--buffer-memory)`,
  );
  return examples;
}
