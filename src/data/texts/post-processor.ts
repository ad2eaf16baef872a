// What a tokenizer puts before a text by itself, as its tokenizer.json says it. What it puts behind one is left out: a
// model is to go on from there.
import { z } from 'zod';

interface PostProcessor {
  readonly type: string;
  readonly processors?: PostProcessor[];
}
const PostProcessor: z.ZodType<PostProcessor> = z.looseObject({
  type: z.string(),
  get processors() {
    return z.array(PostProcessor).optional();
  },
});

const Template = z.looseObject({
  single: z.array(z.looseObject({ SpecialToken: z.looseObject({ id: z.string() }).optional() })),
  special_tokens: z.record(z.string(), z.looseObject({ ids: z.array(z.int().min(0)) })),
});
const Framed = z.looseObject({ cls: z.tuple([z.string(), z.int().min(0)]) });

/**
 * Ids that a tokenizer.json's `post_processor` puts before a text.
 * @throws {TypeError} for one that is damaged or of no kind that is known; its message names the reason
 */
export function idsBeforeText(json: unknown): number[] {
  if (json === null || json === undefined) return [];
  const { type, processors = [] } = parsed(PostProcessor, json);
  switch (type) {
    case 'ByteLevel':
      return [];
    case 'Sequence':
      // Each works on what the one before it gave.
      return processors.toReversed().flatMap(idsBeforeText);
    case 'TemplateProcessing': {
      const { single, special_tokens: tokens } = parsed(Template, json);
      const at = single.findIndex(({ SpecialToken }) => SpecialToken === undefined);
      return single.slice(0, Math.max(at, 0)).flatMap(({ SpecialToken }) => {
        const { id } = SpecialToken!;
        if (Object.hasOwn(tokens, id)) return tokens[id]!.ids;
        throw new TypeError(`its template names the unknown token '${id}'`);
      });
    }
    case 'BertProcessing':
    case 'RobertaProcessing':
      return [parsed(Framed, json).cls[1]];
    default:
      throw new TypeError(`it ends in the unknown step ${type}`);
  }
}

function parsed<T>(schema: z.ZodType<T>, json: unknown): T {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0]!;
  throw new TypeError(`post_processor.${path.join('.')}: ${message}`);
}
