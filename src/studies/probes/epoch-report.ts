// What is known of an epoch when it is over.

/** An epoch of training, head by head. */
export interface EpochReport {
  /** Number of the epoch, from 0. */
  readonly epoch: number;
  /** Steps made since the beginning. */
  readonly step: number;
  /** `[heads]`, mean loss of the rows as each was learnt from, in nats. */
  readonly loss: readonly number[];
  /** `[heads]`, share of them whose highest score was right. */
  readonly accuracy: readonly number[];
}
