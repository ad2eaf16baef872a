// Records of a Weights & Biases run: the parts of its protobuf messages that saev writes, under their own names.
// wandb/proto/wandb_internal.proto of wandb 0.31
import { decodeMessage, encodeMessage, type MessageOf } from '../protobuf.ts';

/** A value, as JSON, under a name, or inside of tables under the names of a way: `['eval/freqs', 'nrows']`. */
const Item = {
  key: [1, 'text'],
  nestedKey: [2, { many: 'text' }],
  valueJson: [16, 'text'],
} as const;

const Time = { seconds: [1, 'integer'], nanos: [2, 'integer'] } as const;

const Config = { update: [1, { many: Item }] } as const;

const Run = {
  runId: [1, 'text'],
  entity: [2, 'text'],
  project: [3, 'text'],
  config: [4, Config],
  runGroup: [6, 'text'],
  jobType: [7, 'text'],
  displayName: [8, 'text'],
  notes: [9, 'text'],
  tags: [10, { many: 'text' }],
  host: [13, 'text'],
  startTime: [17, Time],
} as const;

const Manifest = {
  version: [1, 'integer'],
  storagePolicy: [2, 'text'],
  storagePolicyConfig: [3, { many: { key: [1, 'text'], valueJson: [2, 'text'] } }],
  contents: [
    4,
    {
      many: {
        path: [1, 'text'],
        digest: [2, 'text'],
        size: [4, 'integer'],
        localPath: [6, 'text'],
      },
    },
  ],
} as const;

const Artifact = {
  runId: [1, 'text'],
  project: [2, 'text'],
  entity: [3, 'text'],
  type: [4, 'text'],
  name: [5, 'text'],
  digest: [6, 'text'],
  aliases: [11, { many: 'text' }],
  manifest: [12, Manifest],
  finalize: [14, 'integer'],
  clientId: [15, 'text'],
  sequenceClientId: [16, 'text'],
  digestAlgorithm: [20, 'text'],
} as const;

/** The message around all others: it holds one of them. */
const Record = {
  num: [1, 'integer'],
  history: [2, { item: [1, { many: Item }], step: [2, { num: [1, 'integer'] }] }],
  summary: [3, { update: [1, { many: Item }] }],
  files: [6, { files: [1, { many: { path: [1, 'text'] } }] }],
  artifact: [8, Artifact],
  run: [17, Run],
  exit: [18, { exitCode: [1, 'integer'], runtime: [2, 'integer'] }],
  header: [21, { versionInfo: [1, { producer: [1, 'text'], minConsumer: [2, 'text'] }] }],
  info: [200, { streamId: [1, 'text'] }],
} as const;

/** A record; kinds that are not listed here are records without any. */
export type WandbRecord = MessageOf<typeof Record>;
/** A value of a history, a summary or a configuration. */
export type WandbItem = MessageOf<typeof Item>;

export function encodeRecord(record: WandbRecord): Uint8Array {
  return encodeMessage(Record, record);
}

/** @throws {Error} when the bytes are no such message. */
export function decodeRecord(data: Uint8Array): WandbRecord {
  return decodeMessage(Record, data);
}
