// Opens several sources of the same examples, to be read side by side.
import type { DataLoad } from './config.ts';
import type { IgnoreConfig } from './ignored/config.ts';
import type { OpenedSource, OpenOptions } from './open-options.ts';
import type { Scaling } from './reading/scaling.ts';
import { openSource } from './source.ts';

/** One of the sources that are wanted. */
export interface WantedSource {
  readonly data: DataLoad;
  /** Rows that no batch has. */
  readonly ignore?: IgnoreConfig | undefined;
  /** Scaling to use as it is. */
  readonly scaling?: Scaling;
}

/**
 * Open sources whose settings differ in hook points, in the tokens that are read and in scaling alone.
 * @throws {UserError} when one of them cannot be opened.
 */
export async function openSources(
  wanted: readonly WantedSource[],
  options: Omit<OpenOptions, 'ignore' | 'scaling'>,
): Promise<OpenedSource[]> {
  const opened: OpenedSource[] = [];
  try {
    for (const { data, ...own } of wanted)
      opened.push(await openSource(data, { ...options, ...own }));
    return opened;
  } catch (error) {
    for (const { source } of opened) await source.close();
    throw error;
  }
}
