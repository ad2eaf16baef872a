// What the page and the worker of the engine tell each other.
import type { AskAnswer, AskRequest } from '../../../src/pages/ask.ts';
import type {
  EditAnswer,
  EditRequest,
  ProposalAnswer,
  ProposalRequest,
} from '../../../src/pages/edit.ts';

/** What the engine can do: what it takes, and what it gives. */
export interface EngineWork {
  readonly ask: { readonly input: AskRequest; readonly output: AskAnswer };
  readonly edit: { readonly input: EditRequest; readonly output: EditAnswer };
  readonly propose: { readonly input: ProposalWish; readonly output: ProposalAnswer };
}

/** A wish for latents, with what the page knows of their largest codes. */
export interface ProposalWish extends ProposalRequest {
  readonly largest?: readonly number[] | undefined;
}

/** An example of a page of features. */
export interface PageExample {
  /** Id of the page. */
  readonly features: string;
  readonly number: number;
}

export type WorkName = keyof EngineWork;

/** From the page. */
export type ToEngine =
  | {
      readonly kind: 'start';
      /** Address of the engine's folder. */
      readonly base: string;
      readonly threads: number;
    }
  | {
      readonly kind: 'work';
      readonly id: number;
      readonly name: WorkName;
      readonly input: EngineWork[WorkName]['input'];
      /** Which example of a page it is, if it is one. */
      readonly from?: PageExample | undefined;
    }
  | { readonly kind: 'stop'; readonly id: number };

/** From the worker. */
export type FromEngine =
  | { readonly id: number; readonly output: EngineWork[WorkName]['output'] }
  | { readonly id: number; readonly error: string };
