// A trained coder with all that it belongs to, opened by the name of its checkpoint alone: model, tokenizer, contexts.
import type { DataLoad } from '../../activations/config.ts';
import { openTextModel, type TextModel } from '../../activations/recording/text-model.ts';
import { UserError } from '../../base/errors.ts';
import { logger } from '../../base/log.ts';
import { readCoder } from '../../sae/checkpoints/read-coder.ts';
import { type Coder, openCoder } from '../../sae/open-coder.ts';
import { type DataOfCoderOptions, dataOfCoder } from './data-of-coder.ts';
import { trainingTextsText } from './language-of-coder.ts';

const log = logger('session');

/** A coder at work, the language model that it belongs to, and the texts of its training as contexts. */
export interface CoderSession extends TextModel {
  readonly coder: Coder;
  /** Its activations as settings: `openSource` of `saev/activations` reads their rows. */
  readonly data: DataLoad;
  /** Ends the coder and the model. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** How a session is opened. */
export interface CoderSessionOptions extends DataOfCoderOptions {
  /** Threads of the model and the coder; one a core when undefined. */
  readonly threads?: number;
  readonly signal?: AbortSignal;
}

/**
 * Open a coder of a language model with its model, tokenizer and texts, as its checkpoint names them (a run, a file such as
 * transcoder-circuits' `.pt`, a folder, or `hf-hub:owner/name`): `load_session_from_pretrained` of transcoder-circuits. What
 * `data` says goes before the checkpoint; of a data set on the hub 10,000 contexts make a pass unless it says how many.
 *
 * @throws {UserError} for a checkpoint that does not name its model, its hook point or its texts, and for any of them
 * that is missing or does not fit the others.
 */
export async function openCoderSession(
  name: string,
  { threads, signal, data: given }: CoderSessionOptions = {},
): Promise<CoderSession> {
  const read = await readCoder(name, { ...(signal && { signal }) });
  const data = await dataOfCoder(read.config, { data: given });
  if (data?.language === undefined) throw unsaid(name, read.config.place ?? {});
  const { language } = data;
  log.info(`'${name}' is of ${language.model}: ${trainingTextsText(language)}`);
  const model = await openTextModel(language, language.texts, { threads, signal });
  try {
    const coder = await openCoder(read, {
      ...(threads !== undefined && { threads }),
      ...(signal && { signal }),
    });
    const close = async (): Promise<void> => {
      await coder.close();
      await model.close();
    };
    return { ...model, coder, data, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    await model.close();
    throw error;
  }
}

function unsaid(name: string, { model, input }: { model?: string; input?: string }): UserError {
  const missing = [
    ...(model === undefined ? ['its model'] : []),
    ...(input === undefined ? ['its hook point'] : []),
  ];
  const what = missing.length === 0 ? 'its texts' : missing.join(' and ');
  return new UserError(`invalid checkpoint: '${name}' does not name ${what}`, {
    hint: 'a language model and its texts can be given as data.language.model and data.language.texts',
  });
}
