// Editing in the browser: the library's own `edit`, on models beside the page.
import type { EditAnswer, EditRequest } from '../../../src/pages/edit.ts';
import { edit } from '../../../src/studies/steering/edit.ts';
import type { FoundHead } from '../../../src/studies/steering/heads.ts';
import { repeatCommand } from '../../../src/studies/steering/repeat.ts';
import { askedExample } from './ask-shipped.ts';
import type { OpenedCoder } from './shipped-models.ts';

/** Change codes of an example, and say what changes behind. */
export async function editShipped(
  { model, example, heads: wanted, ...options }: EditRequest,
  open: (id: string) => Promise<OpenedCoder>,
  signal: AbortSignal,
): Promise<EditAnswer> {
  const opened = await open(model);
  const heads = headsOf(opened).filter(({ id }) => wanted === undefined || wanted.includes(id));
  const job = { ...mutable(options), heads, signal };
  const answer = await edit(opened.askable, askedExample(example), job);
  const repeat = repeatCommand({
    run: opened.shipped.name,
    example: exampleText(example),
    isText: 'text' in example,
    ...job,
    changes: job.changes ?? [],
    heads: heads.map(({ id }) => id),
  });
  return { ...answer, repeat };
}

/** The heads that were written with a coder, with their weights. */
function headsOf({ shipped, tensors }: OpenedCoder): FoundHead[] {
  return shipped.heads.map(({ head, ...found }, i) => ({
    ...found,
    head: {
      ...head,
      weight: tensors.get(`heads.${i}.weight`)!,
      bias: tensors.get(`heads.${i}.bias`)!,
    },
  }));
}

/** The options without those that are undefined, as the schema takes them. */
function mutable(options: Omit<EditRequest, 'model' | 'example' | 'heads'>) {
  const { changes, where, prompts, templates, ...rest } = options;
  return {
    ...rest,
    changes: [...changes],
    ...(where && { where: [...where] }),
    ...(prompts && { prompts: [...prompts] }),
    ...(templates && { templates: [...templates] }),
  };
}

function exampleText(example: EditRequest['example']): string {
  if ('text' in example) return example.text;
  return 'upload' in example.image ? (example.image.name ?? 'IMAGE') : 'IMAGE';
}
