// What can be looked at behind an edit of a text. A new kind is a file beside this one and an entry in the registry.
import type { HookPoint } from '../../../backbones/hook-points.ts';
import type { Intervention } from '../../../backbones/language/types.ts';
import type { EditSection } from '../../../pages/edit.ts';
import type { EditableTexts } from '../editable.ts';
import type { Values } from './image-section.ts';

/** A text, what is done to it, and what a person wants to look at. */
export interface TextEditContext {
  readonly editable: EditableTexts;
  readonly tokens: Int32Array;
  /** New interventions of the edit: they belong to one run at a time. None where nothing changes. */
  readonly edit: () => Intervention[];
  readonly newTokens: number;
  readonly seed: number;
  readonly temperature: number;
  readonly signal?: AbortSignal | undefined;
}

/** Reads what it needs in a run as it is and in the edited one, and says what changed. */
export interface TextReader {
  readonly record: readonly HookPoint[];
  readonly read: (before: Values, after: Values) => Promise<EditSection>;
}

/** A kind of thing to look at. */
export interface TextSectionKind {
  readonly kind: EditSection['kind'];
  /** What it would show, and why it cannot show what was asked for. */
  readonly readers: (context: TextEditContext) => {
    readonly readers: readonly TextReader[];
    readonly reasons: readonly string[];
  };
}
