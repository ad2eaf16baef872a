// A coder in the place where its codes can be changed: the model, where rows are read and written, and on what scale.
import { type Scaling, scaleRow } from '../../activations/reading/scaling.ts';
import type { HookPoint } from '../../backbones/hook-points.ts';
import type { LanguageModel } from '../../backbones/language/open.ts';
import type { VisionBackbone } from '../../backbones/types.ts';
import type { Coder } from '../../sae/open-coder.ts';
import type { EditingCoder } from '../editing/change-codes.ts';

/** A coder whose codes can be changed in a run of its model. */
export type Editable = EditableImages | EditableTexts;

interface AnyEditable {
  /** The run or checkpoint as it was named. */
  readonly name: string;
  readonly coder: EditingCoder;
  /** Where the coder reads, and where what it reconstructs is written: one point for an autoencoder. */
  readonly input: HookPoint;
  readonly output: HookPoint;
}

/** A coder of a vision transformer. */
export interface EditableImages extends AnyEditable {
  readonly modality: 'image';
  readonly backbone: VisionBackbone;
  /** Which tokens of an image it was trained on: an edit is of these. */
  readonly rows: 'patches' | 'cls';
}

/** A coder of a language model. */
export interface EditableTexts extends AnyEditable {
  readonly modality: 'text';
  readonly backbone: LanguageModel;
  /** Attention head that it reads, where points have an axis of them. */
  readonly head?: number | undefined;
  /** Whether a text begins with the token that begins a text. */
  readonly prependBos: boolean;
}

/**
 * Give a coder that takes rows as the model has them and says on what scale it codes them, whatever its file says: the
 * mean and the scale are those of `scaling`.
 */
export function onScaleOf(
  { config, weights, encodeScaled }: Pick<Coder, 'config' | 'weights' | 'encodeScaled'>,
  scaling: Scaling,
): EditingCoder {
  const { isScaleUnsaid: _, ...rest } = config;
  const { mean, scalar: scale } = scaling;
  const { dIn } = config;
  return {
    config: { ...rest, normalization: { ...(mean && { mean }), scale } },
    weights,
    encode(rows) {
      const scaled = new Float32Array(rows.length);
      for (let at = 0; at < rows.length; at += dIn) scaleRow(rows, at, scaled, at, dIn, scaling);
      return encodeScaled(scaled);
    },
  };
}
