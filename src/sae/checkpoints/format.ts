// What every checkpoint format can do. One file a format; checkpoints.ts lists them.
import type { Dtype } from '../../formats/tensor.ts';
import type { CoderConfig, CoderWeights, SparseCoder } from '../coder.ts';

/** The names of the checkpoint formats. */
export type CheckpointFormatName =
  | 'saelens'
  | 'saev'
  | 'saev-early'
  | 'transcoder-circuits'
  | 'sparsify'
  | 'dictionary-learning';

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
  /** Read the weights, checking shapes against the config and every number for being finite. */
  readWeights(): Promise<CoderWeights>;
  close(): Promise<void>;
}

export interface CheckpointFormat {
  readonly name: CheckpointFormatName;
  /** Open a checkpoint of this format. Throws a UserError when its header is wrong. */
  open(path: string): Promise<OpenCheckpoint>;
  /** Write a coder. Throws a UserError for a coder that this format cannot hold. */
  write(coder: SparseCoder, path: string): Promise<void>;
}
