// What a checkpoint format is. One file a format; registry.ts lists them.
import type { UserError } from '../../base/errors.ts';
import type { Dtype } from '../../formats/tensor.ts';
import type { CoderConfig, CoderWeights, SparseCoder } from '../coder.ts';
import type { CheckpointFiles } from './checkpoint-files.ts';

/** A tensor of a checkpoint, without its elements. */
export interface TensorSummary {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
}

/** A checkpoint whose header has been read and whose weights have not. */
export interface OpenCheckpoint {
  /** The format and its version, for people: `saev, schema 5`. */
  readonly variant: string;
  readonly config: CoderConfig;
  readonly tensors: readonly TensorSummary[];
  /** Why the weights cannot be read, where the header asks for something that this program does not do. */
  readonly obstacle?: UserError;
  /** Read the weights: shapes are as the config says, numbers finite, and no tensor is left aside. */
  readWeights(): Promise<CoderWeights>;
}

/** A checkpoint format: how it is found, read and written. Files are opened once, by {@link CheckpointFiles}. */
export interface CheckpointFormat<Name extends string = string> {
  readonly name: Name;
  /** Files that make a checkpoint together, in a folder or a repository; none where it is one file of any name. */
  readonly files: readonly string[];
  /** How names of single files end: `.pt`. */
  readonly endings?: readonly string[];
  /** Classes beside torch's own that its pickles hold, by `module.Class`: they are read as data. */
  readonly records?: readonly string[];
  /**
   * What becomes of a coder's input normalisation: `said` in the file; `of the data`, which its program takes from the
   * activations at hand; or, when undefined, worked into the weights.
   */
  readonly normalization?: 'said' | 'of the data';
  /** Whether what stands there is of this format. A folder is told by the names of its files alone. */
  detect(files: CheckpointFiles): Promise<boolean>;
  /**
   * Read the header.
   * @throws {UserError} when it is wrong
   */
  open(files: CheckpointFiles): Promise<OpenCheckpoint>;
  /**
   * Write a coder to a file or folder; without it the format is read only.
   * @throws {UserError} for a coder that this format cannot hold
   */
  write?(coder: SparseCoder, path: string): Promise<void>;
}
