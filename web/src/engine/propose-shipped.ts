// Proposals in the browser: what was found for every class when the page was published, and random latents.
import { UserError } from '../../../src/base/errors.ts';
import type { ProposalAnswer } from '../../../src/pages/edit.ts';
import {
  type FoundClass,
  proposalAnswer,
} from '../../../src/studies/steering/proposing/proposal-answer.ts';
import type { ProposalWish } from './messages.ts';
import type { OpenedCoder } from './shipped-models.ts';

/** Answer a wish as a server does. */
export async function proposeShipped(
  { model, classes, largest, ...wish }: ProposalWish,
  open: (id: string) => Promise<OpenedCoder>,
): Promise<ProposalAnswer> {
  const { shipped } = await open(model);
  return proposalAnswer(wish, {
    classes: classes.map((each) => latentsOf(each, shipped)),
    largest,
  });
}

function latentsOf(number: number, { proposals }: OpenedCoder['shipped']): FoundClass {
  if (proposals === undefined) throw new UserError('no latents were published for classes');
  if ('refused' in proposals) throw new UserError(proposals.refused);
  const found = proposals.find((each) => each.class === number);
  if (found === undefined) throw new UserError(`unknown class ${number}`);
  return found;
}
