// What is written for the engine that runs in a visitor's browser: types that writer and engine share.
import type { Scaling } from '../../../activations/reading/scaling.ts';
import type { PortableValues } from '../../../compute/onnx/portable.ts';
import type { ImageTransform } from '../../../data/images/transform.ts';
import type { TokenizerFiles } from '../../../data/texts/tokenizer-files.ts';
import type { CoderConfig } from '../../../sae/coder.ts';
import type { CoderHome } from '../../../studies/asking/home.ts';
import type { FoundHead } from '../../../studies/steering/heads/heads.ts';
import type { FoundClass } from '../../../studies/steering/proposing/proposal-answer.ts';

/** Version of these files; an engine refuses others. */
export const ENGINE_VERSION = 1;

/** Folder of the engine, in that of the page's data. */
export const ENGINE_FOLDER = 'engine';

/** What models there are: a {@link ShippedEngine}. */
export const ENGINE_MODELS = 'models.json';

/** Every coder that was wanted. */
export interface ShippedEngine {
  readonly version: number;
  readonly models: readonly ShippedModel[];
}

/** A coder that was written, or why it was not: a sentence for people. */
export type ShippedModel =
  | {
      readonly id: string;
      /** A {@link ShippedCoder}. */
      readonly file: string;
      /** Bytes of its weights and its model's. */
      readonly bytes: number;
      readonly refused?: undefined;
    }
  | { readonly id: string; readonly refused: string };

/** A coder and where it belongs. */
export interface ShippedCoder {
  /** The run or checkpoint as commands name it. */
  readonly name: string;
  /** The file of a {@link ShippedBackbone}. */
  readonly backbone: string;
  readonly home: CoderHome;
  readonly config: Omit<CoderConfig, 'normalization'>;
  /** How rows are scaled; absent where nothing says it. The mean is the tensor `scaling.mean`. */
  readonly scaling?: Omit<Scaling, 'mean'>;
  /** How inputs were scaled in training. The mean is the tensor `normalization.mean`. */
  readonly scale?: number;
  /** A safetensors file of float32: the coder's weights under their names, and those of heads. */
  readonly tensors: string;
  readonly heads: readonly ShippedHead[];
  /** Latents for all classes of the images with maps, where there were such; or why there are none. */
  readonly proposals?: readonly FoundClass[] | { readonly refused: string };
}

/** A head that reads behind edits; its weights are the tensors `heads.N.weight` and `heads.N.bias`. */
export interface ShippedHead extends Omit<FoundHead, 'head'> {
  readonly head: { readonly dIn: number; readonly nClasses: number };
}

/** A model without its weights, which lie in one file. */
export type ShippedBackbone = ShippedVision | ShippedLanguage;

interface AnyBackbone {
  readonly checkpoint: string;
  readonly parts: PortableValues;
  /** The file with the weights. */
  readonly weights: string;
}

/** A vision transformer. */
export interface ShippedVision extends AnyBackbone {
  readonly modality: 'image';
  readonly family: string;
  readonly transform: ImageTransform;
}

/** A language model. */
export interface ShippedLanguage extends AnyBackbone {
  readonly modality: 'text';
  readonly tokenizer: TokenizerFiles;
}
