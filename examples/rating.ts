// Rate features without knowing of which coder they are, as transcoder-circuits compared SAEs with transcoders: random
// live features of every coder in a blind order, with their strongest examples; ratings are kept and can be gone on with.
//
//   npx tsx examples/rating.ts runs/an-sae runs/a-transcoder --features 10 --record ratings.jsonl
//   answer each with y (can be understood), m (maybe) or n (not); what is behind it is said at the end
import { appendFile, readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { openCoder, openLanguageModel, openTexts } from 'saev';
import { extremes, promptCodes } from 'saev/analysis';
import { Random } from 'saev/base';
import { readContexts } from 'saev/data';
import { hookPointsOf } from 'saev/sae';

const { values: options, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    model: { type: 'string', default: 'world-gpt2' },
    features: { type: 'string', default: '5' },
    seed: { type: 'string', default: '0' },
    record: { type: 'string', default: 'ratings.jsonl' },
  },
});
const SIZE = 40;
const model = await openLanguageModel(options.model);
const { tokenizer } = model;
const texts = await openTexts({ type: 'text-world', seed: 5, nDocuments: 200 });
const contexts: Int32Array[] = [];
const packing = { kind: 'concatenated' } as const;
for await (const { tokens } of readContexts(texts, tokenizer, { packing, contextSize: SIZE }))
  if (contexts.push(tokens) === 48) break;

/** A feature to be rated, and the contexts in which it fires most. */
interface Candidate {
  readonly coder: string;
  readonly kind: string;
  readonly feature: number;
  readonly examples: readonly string[];
}

const random = new Random(Number(options.seed), 'rating');
const candidates: Candidate[] = [];
for (const name of names) {
  await using coder = await openCoder(name);
  const { input, output } = hookPointsOf(coder, name);
  const codes = await promptCodes({ backbone: model, coder, point: input }, contexts);
  const rows = contexts.length * SIZE;
  const strengths = new Map<number, Float32Array>();
  for (let row = 0; row < rows; row++) {
    for (let p = codes.rowStart[row]!; p < codes.rowStart[row + 1]!; p++) {
      const own = strengths.get(codes.index[p]!) ?? new Float32Array(rows);
      own[row] = codes.value[p]!;
      strengths.set(codes.index[p]!, own);
    }
  }
  const live = random.shuffle([...strengths.keys()]).slice(0, Number(options.features));
  for (const feature of live) {
    const { top } = extremes(strengths.get(feature)!, 5);
    const examples = top
      .filter(({ value }) => value > 0)
      .map(({ index, value }) => {
        const at = index % SIZE;
        const words = tokenizer.tokenStrings(contexts[Math.floor(index / SIZE)]!);
        const before = words.slice(Math.max(0, at - 8), at).join('');
        return `${value.toFixed(2)}  ${before}[${words[at]}]${words.slice(at + 1, at + 4).join('')}`;
      });
    candidates.push({
      coder: name,
      kind: input === output ? 'SAE' : 'transcoder',
      feature,
      examples,
    });
  }
}

const keyOf = ({ coder, feature }: Pick<Candidate, 'coder' | 'feature'>): string =>
  `${coder}/${feature}`;
const lines = await readFile(options.record, 'utf8').catch(() => '');
const ratings: (Omit<Candidate, 'examples'> & { rating: string })[] = [];
for (const line of lines.split('\n')) if (line !== '') ratings.push(JSON.parse(line));
const rated = new Set(ratings.map(keyOf));
const left = random.shuffle(candidates.filter((each) => !rated.has(keyOf(each))));

const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
for (const [i, { examples, ...candidate }] of left.entries()) {
  console.log(`feature ${i + 1} of ${left.length}:\n  ${examples.join('\n  ')}`);
  console.log('y, m or n?');
  const { value: answer = '', done } = await answers.next();
  if (done) break;
  if (!['y', 'm', 'n'].includes(answer.trim())) continue;
  const rating = { ...candidate, rating: answer.trim() };
  ratings.push(rating);
  await appendFile(options.record, `${JSON.stringify(rating)}\n`);
}
console.log('kind         y   m   n');
for (const kind of new Set(candidates.map((each) => each.kind))) {
  const own = ratings.filter((each) => each.kind === kind);
  const counts = ['y', 'm', 'n'].map(
    (rating) => own.filter((each) => each.rating === rating).length,
  );
  console.log(`${kind.padEnd(10)} ${counts.map((count) => String(count).padStart(3)).join(' ')}`);
}
await model.close();
