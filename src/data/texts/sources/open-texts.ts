// From a choice of texts in a config to the texts themselves.
import { UserError } from '../../../base/errors.ts';
import type { HubOptions } from '../../../hub/client.ts';
import { kindOf } from '../../kinds.ts';
import { TEXT_KINDS, type TextConfig } from '../config.ts';
import type { TextSource } from './documents.ts';
import type { TextFile } from './text-file.ts';
import type { TextKind } from './text-kind.ts';

/** Find the kind of a set of texts. */
export function textKindOf(config: TextConfig): TextKind {
  return kindOf<TextKind>(TEXT_KINDS, config);
}

/**
 * Open the texts that a config names. The signal ends later reads over the network, too.
 * @throws {UserError} when they are missing, or hold no file of texts.
 */
export async function openTexts(config: TextConfig, options: HubOptions = {}): Promise<TextSource> {
  const kind = textKindOf(config);
  return joinFiles(kind.name(config), await kind.files(config, options));
}

/** Number the documents of several files through. */
function joinFiles(name: string, files: readonly TextFile[]): TextSource {
  return {
    name,
    async *documents({ start = 0, signal } = {}) {
      const skip = { left: start };
      let index = start;
      for (const file of files) {
        for await (const { source, content } of file.documents(skip)) {
          signal?.throwIfAborted();
          yield { index, source, content };
          index++;
        }
      }
      if (index === 0) throw new UserError(`invalid text set: '${name}' holds no document`);
      if (skip.left > 0)
        throw new UserError(
          `invalid start: document ${start} of '${name}', which has ${start - skip.left}`,
          { hint: 'the texts have changed since; begin anew' },
        );
    },
  };
}
