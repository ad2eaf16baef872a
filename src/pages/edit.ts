// What the page of edits asks and is told. Written by the library, read by the page in web/: both import these types.
import type { Example, ImageSeen, TextSeen } from './ask.ts';
import { type Action, action, type Path, path } from './source.ts';

/** Codes that are changed in the forward pass over one example, and what to look at behind. */
export interface EditRequest {
  /** Id of the model: a run or a checkpoint. */
  readonly model: string;
  /** In place of a page of features the run may be named: its images have the same numbers. */
  readonly example: Example;
  /** Each latent once; none is the model as it is. */
  readonly changes: readonly EditChange[];
  /** Patches of an image, from 0, or positions of a text; all when left out. */
  readonly where?: readonly number[];
  /** Ids of segmentation and classification heads; all that fit when left out. */
  readonly heads?: readonly string[];
  /** Texts that an image is compared with, by models that have a text tower. */
  readonly prompts?: readonly string[];
  /** Sentences around each of these, `{}` in its place; of several the mean is taken. */
  readonly templates?: readonly string[];
  /** Tokens that a text goes on with. @default 20 */
  readonly newTokens?: number;
  /** Seed of these. @default 0 */
  readonly seed?: number;
  /** Divides their logits; 0 takes the most likely token. @default 0 */
  readonly temperature?: number;
}

/** What the code of one latent becomes. */
export interface EditChange {
  readonly latent: number;
  /** On the scale of codes. */
  readonly value: number;
}

/** What an edit changes behind it. */
export interface EditAnswer {
  readonly seen: ImageSeen | TextSeen;
  /** Tokens that could be edited, and how many have another row than before. */
  readonly nTokens: number;
  readonly nEdited: number;
  readonly sections: readonly EditSection[];
  /** What cannot be shown, and why: a sentence each. */
  readonly reasons: readonly string[];
  /** The command that does it again. */
  readonly repeat: string;
}

/** One thing to look at, as it is and with the edit. */
export type EditSection =
  | ChangeSection
  | SegmentationSection
  | ClassesSection
  | ZeroShotSection
  | NextTokensSection
  | LossSection
  | ContinuationSection;

/** A number as it is and with the edit. */
export interface BeforeAfter {
  readonly before: number;
  readonly after: number;
}

/** How far tokens turned: angles between the rows of the last layer before and after. */
export interface ChangeSection {
  readonly kind: 'change';
  /** Where they were measured. */
  readonly point: string;
  /** Of each patch or position, in degrees. */
  readonly degrees: readonly number[];
  /** Of the CLS token, where there is one. */
  readonly cls?: number;
}

/** What a segmentation head sees. */
export interface SegmentationSection {
  readonly kind: 'segmentation';
  readonly head: string;
  /** Patches along a side. */
  readonly grid: number;
  /** The classes that occur, with their colours as `rgb(…)`. */
  readonly legend: readonly {
    readonly class: number;
    readonly name: string;
    readonly colour: string;
  }[];
  /** The true classes, where the example has a map: a picture as a data URL. */
  readonly truth?: string;
  readonly before: SeenClasses;
  readonly after: SeenClasses;
  /** Shares that changed class. */
  readonly changedPatches: number;
  readonly changedPixels: number;
  /** Patches that moved from one class to another, most first. */
  readonly moves: readonly {
    readonly from: number;
    readonly to: number;
    readonly patches: number;
  }[];
}

/** Classes over an image. */
export interface SeenClasses {
  /** Of each patch, row by row. */
  readonly patches: readonly number[];
  /** Of each pixel by interpolated scores, painted: a data URL. */
  readonly pixels: string;
}

/** Probabilities of the classes of a classification head: the largest ones, before or after. */
export interface ClassesSection {
  readonly kind: 'classes';
  readonly head: string;
  readonly nClasses: number;
  readonly classes: readonly NamedChange[];
}

/** Probabilities of typed prompts. */
export interface ZeroShotSection {
  readonly kind: 'zero-shot';
  /** Whether probabilities add up to one over the prompts (CLIP), or each prompt has its own (SigLIP). */
  readonly isShared: boolean;
  /** Largest probability first, before or after. */
  readonly prompts: readonly PromptChange[];
}

/** How well an image fits a prompt. */
export interface PromptChange extends NamedChange {
  /** Cosine of the vectors of the image and the text. */
  readonly cosine: BeforeAfter;
}

/** A probability, and of what. */
export interface NamedChange extends BeforeAfter {
  readonly name: string;
}

/** Probabilities of what comes after the last token: the largest ones, before or after. */
export interface NextTokensSection {
  readonly kind: 'next-tokens';
  readonly tokens: readonly (NamedChange & { readonly token: number })[];
}

/** How surprising the text is, in nats a token. */
export interface LossSection extends BeforeAfter {
  readonly kind: 'loss';
  /** Of each token but the first, whose predecessors predict it. */
  readonly perToken: { readonly before: readonly number[]; readonly after: readonly number[] };
}

/** How the text goes on, token by token. */
export interface ContinuationSection {
  readonly kind: 'continuation';
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly seed: number;
  readonly temperature: number;
}

/** What can be edited in a model, and looked at behind. */
export interface EditablePage {
  readonly model: string;
  readonly kind: 'image' | 'text';
  readonly nLatents: number;
  /** Heads of its model that were found; they may still read before the edit. */
  readonly heads: readonly EditHead[];
  /** Names of classes that latents can be proposed for, by number; class 0 is nothing that was labelled. */
  readonly classes?: readonly string[];
  /** Images that it was trained on, where they are at hand: an example is one of them by its number. */
  readonly nExamples?: number;
  /** Why images cannot be compared with typed prompts, as far as the model's name tells; absent for texts. */
  readonly noPrompts?: string;
  /** Why nothing can be edited; absent where something can. */
  readonly refused?: string;
}

/** The largest code that was seen of each latent; absent where nobody looked. */
export interface LargestSeen {
  readonly largest?: readonly number[];
}

/** A head that reads behind an edit. */
export interface EditHead {
  readonly id: string;
  readonly kind: 'segmentation' | 'classes';
  readonly name: string;
  /** Names of its classes by number. */
  readonly classes: readonly string[];
}

/** What latents to try: those that tell classes, and random ones to compare with. */
export interface ProposalRequest {
  readonly model: string;
  /** Up to three classes, by number. */
  readonly classes: readonly number[];
  /** Latents for each class. @default 3 */
  readonly k?: number;
  /** Random latents. @default 3 */
  readonly random?: number;
  /** Of the random ones. @default 0 */
  readonly seed?: number;
}

/** Proposed latents. */
export interface ProposalAnswer {
  readonly classes: readonly ProposedClass[];
  readonly random: readonly ProposedLatent[];
  /** Why some could not be proposed: a sentence each. */
  readonly reasons: readonly string[];
}

/** A class with the latents that tell it, best first. */
export interface ProposedClass {
  readonly class: number;
  readonly name: string;
  readonly latents: readonly ProposedLatent[];
}

/** A latent to try. */
export interface ProposedLatent {
  readonly latent: number;
  /** Largest code that was seen. */
  readonly largest: number;
  /** How well it tells the class. */
  readonly f1?: number;
}

/** Change codes of an example. */
export const EDIT: Action<EditRequest, EditAnswer> = action('edit');

/** Propose latents to change. */
export const PROPOSE: Action<ProposalRequest, ProposalAnswer> = action('propose');

/** What is known of a model before anything is edited. */
export const EDIT_ROUTES = {
  model: (id: string): Path<EditablePage> => path('edit', id),
  largest: (id: string): Path<LargestSeen> => path('edit', id, 'largest'),
} as const;
