// Editing in the browser: the library's own `edit`, on models beside the page.
import type { EditAnswer, EditRequest } from '../../../src/pages/edit.ts';
import { pathOfId } from '../../../src/server/catalogue/ids.ts';
import { edit } from '../../../src/studies/steering/edit.ts';
import type { FoundHead } from '../../../src/studies/steering/heads/heads.ts';
import { type RepeatedExample, repeatCommand } from '../../../src/studies/steering/repeat.ts';
import { askedExample } from './ask-shipped.ts';
import type { PageExample } from './messages.ts';
import type { OpenedCoder } from './shipped-models.ts';

/** Change codes of an example, and say what changes behind. */
export async function editShipped(
  { model, example, heads: wanted, ...options }: EditRequest,
  open: (id: string) => Promise<OpenedCoder>,
  { signal, from }: { readonly signal: AbortSignal; readonly from?: PageExample | undefined },
): Promise<EditAnswer> {
  const opened = await open(model);
  const heads = headsOf(opened).filter(({ id }) => wanted === undefined || wanted.includes(id));
  const job = { ...mutable(options), heads, signal };
  const answer = await edit(opened.askable, askedExample(example), job);
  const repeat = repeatCommand({
    run: opened.shipped.name,
    example: from === undefined ? namedExample(example) : pageExample(from),
    ...job,
    changes: job.changes ?? [],
    heads: shownHeads(answer, heads),
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

/** The files of the heads that an answer shows. */
function shownHeads({ sections }: Pick<EditAnswer, 'sections'>, heads: readonly FoundHead[]) {
  const shown = new Set(sections.flatMap((each) => ('head' in each ? [each.head] : [])));
  return heads.filter(({ id }) => shown.has(id)).map(({ name }) => name);
}

/** An example of a page in words of the command: the picture that the page has of it. */
function pageExample({ features, number }: PageExample): RepeatedExample {
  return { number, imagesOf: pathOfId(features) };
}

function namedExample(example: EditRequest['example']): RepeatedExample {
  if ('text' in example) return example;
  const { image } = example;
  return { image: ('upload' in image && image.name) || 'image.png' };
}
