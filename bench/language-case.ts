// One case of bench/language.ts, alone in its process; prints JSON. Reads the model that the parent has written.

import { openLanguageModel } from '../src/backbones/language/open.ts';
import { LOGITS } from '../src/backbones/language/types.ts';
import { silenceProgress } from '../src/base/progress.ts';
import { Random } from '../src/base/random.ts';
import { hubSettings } from '../src/hub/settings.ts';
import { type Measured, peakMemory, timed } from './measure.ts';

/** What a case computes. */
export type LanguageWork = 'logits' | 'logits and one hook' | 'one hook' | 'loss' | 'generate';

export interface LanguageCase {
  readonly work: LanguageWork;
  /** Folder of the model. */
  readonly model: string;
  readonly batch: number;
  readonly length: number;
  readonly threads: number;
  readonly calls: number;
  /** Hook point that is recorded. */
  readonly point: string;
  /** New tokens of the work `generate`. */
  readonly newTokens: number;
}

const job = JSON.parse(process.argv[2]!) as LanguageCase;
silenceProgress(true);
const settings = { ...hubSettings(), offline: true };
const model = await openLanguageModel(job.model, {
  settings,
  tokenizer: false,
  processing: false,
  threads: job.threads,
});
const random = new Random(1);
const tokens = Array.from({ length: job.batch }, () =>
  Array.from({ length: job.length }, () => random.int(model.config.dVocab)),
);
const works: Record<LanguageWork, () => Promise<unknown>> = {
  logits: () => model.logits(tokens),
  'logits and one hook': () => model.run(tokens, { record: [job.point, LOGITS] }),
  'one hook': () => model.run(tokens, { record: [job.point] }),
  loss: () => model.loss(tokens),
  generate: () => model.generate(tokens, { maxNewTokens: job.newTokens, temperature: 0 }),
};
const times = await timed(async () => {
  await works[job.work]();
}, job.calls);
await model.close();
const name = `saev, onnxruntime with ${job.threads} threads`;
console.log(JSON.stringify({ name, ...times, peakBytes: peakMemory() } satisfies Measured));
