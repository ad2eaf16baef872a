// What a coder's checkpoint says of the language model and the texts of its training, under whichever program's names.
import { z } from 'zod';
import { kindOfPath } from '../../base/files.ts';
import { TextConfig } from '../../data/texts/config.ts';
import type { Packing } from '../../data/texts/packing/contexts.ts';
import { textKindOf } from '../../data/texts/sources/open-texts.ts';
import type { CoderConfig } from '../../sae/coder.ts';

/** A language model as settings name it; what is undefined is not known. */
export interface LanguageModelName {
  readonly model?: string | undefined;
  readonly tokenizer?: string | undefined;
  readonly processing?: boolean | undefined;
}

/** What a coder was trained on: the model, and the texts as its contexts; what is undefined is not known. */
export interface LanguageOfCoder extends LanguageModelName {
  readonly texts?: TextConfig | undefined;
  /** Tokens in a context. */
  readonly contextSize?: number | undefined;
  readonly packing?: Packing['kind'] | undefined;
  readonly prependBos?: boolean | undefined;
  /** Contexts in one run of the model. */
  readonly batchContexts?: number | undefined;
}

/** Numbers and names that are of no use count as unsaid, each by itself. */
const unsaid = <Schema extends z.ZodType>(schema: Schema): z.ZodCatch<z.ZodOptional<Schema>> =>
  schema.optional().catch(undefined);

const size = unsaid(z.int().min(1));
const name = unsaid(z.string().min(1));
const flag = unsaid(z.boolean());

/** What saev writes into its checkpoints beside their place: the settings of training. */
const trainedOn = z.looseObject({
  trainConfig: z.looseObject({
    data: z.looseObject({
      language: z.looseObject({
        tokenizer: name,
        processing: flag,
        texts: unsaid(TextConfig),
        contextSize: size,
        packing: unsaid(z.enum(['stream', 'concatenated', 'documents'])),
        prependBos: flag,
        batchContexts: size,
      }),
    }),
  }),
});

/** Fields of transcoder-circuits' dataclass, which SAELens has kept. */
const fields = z.looseObject({
  context_size: size,
  dataset_path: name,
  prepend_bos: flag,
  store_batch_size: size,
});

/**
 * Read from a coder's checkpoint which language model and which texts it was trained on: from the settings of a training
 * here, or from the fields that transcoder-circuits and SAELens write. A data set that stands on this disk under its name
 * is read there, as `load_dataset` does; else it is one of the hub.
 */
export async function languageOfCoder({ place, metadata }: CoderConfig): Promise<LanguageOfCoder> {
  const model = place?.model;
  const trained = trainedOn.safeParse(metadata);
  if (trained.success) {
    const { tokenizer, processing, texts, contextSize, packing, prependBos, batchContexts } =
      trained.data.trainConfig.data.language;
    return {
      ...{ model, tokenizer, processing },
      ...{ texts, contextSize, packing, prependBos, batchContexts },
    };
  }
  const said = fields.parse(metadata);
  return {
    model,
    texts: said.dataset_path === undefined ? undefined : await textsNamed(said.dataset_path),
    contextSize: said.context_size,
    prependBos: said.prepend_bos,
    batchContexts: said.store_batch_size,
  };
}

async function textsNamed(path: string): Promise<TextConfig> {
  const kind = await kindOfPath(path).catch(() => 'nothing');
  return TextConfig.parse(
    kind === 'file' || kind === 'folder'
      ? { type: 'text-files', root: path }
      : { type: 'text-hub', name: path },
  );
}

/** Say in words what a coder was trained on: its texts, and the size of its contexts; undefined where neither is known. */
export function trainingTextsText({ texts, contextSize }: LanguageOfCoder): string | undefined {
  const parts = [
    ...(texts === undefined ? [] : [textKindOf(texts).name(texts)]),
    ...(contextSize === undefined ? [] : [`contexts of ${contextSize} tokens`]),
  ];
  return parts.length === 0 ? undefined : parts.join(', ');
}
