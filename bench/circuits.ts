// Time and memory of an exact attribution graph: GPT-2 small's shapes, 12 transcoders of 24,576 features, random weights.
//
//   npm run build && npx tsx bench/circuits.ts [--tokens 64] [--max-nodes 512] [--heads 4] [--threads 2] [--l0 64]
//       [--tmp FOLDER]
//
// Features fire as often as --l0 says: random encoder rows, with one bias for all that lets so many through. Memory is the
// peak of the process less what the model and the transcoders hold. One run, without warming up, as a person has it.
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { resolveLanguageModel } from '../src/backbones/language/checkpoints.ts';
import { openLanguageModel } from '../src/backbones/language/load.ts';
import { silenceProgress } from '../src/base/progress.ts';
import { Random } from '../src/base/random.ts';
import { attribute } from '../src/circuits/exact/attribute.ts';
import { pruneGraph } from '../src/circuits/exact/prune.ts';
import { type TranscoderFile, transcoderSet } from '../src/circuits/transcoders.ts';
import { hubSettings } from '../src/data/hub/settings.ts';
import type { CoderConfig, CoderWeights } from '../src/sae/coder.ts';
import { writeGpt2 } from './gpt2-files.ts';
import { peakMemory } from './measure.ts';

const { values: flags } = parseArgs({
  options: {
    tokens: { type: 'string', default: '64' },
    'max-nodes': { type: 'string', default: '512' },
    heads: { type: 'string', default: '4' },
    threads: { type: 'string', default: String(availableParallelism()) },
    l0: { type: 'string', default: '64' },
    tmp: { type: 'string', default: tmpdir() },
  },
});
const [D_MODEL, D_SAE] = [768, 24_576];
const threads = Number(flags.threads);
silenceProgress(true);
const folder = await mkdtemp(join(flags.tmp, 'saev-circuits-'));
try {
  await writeGpt2(folder);
  const settings = { ...hubSettings(), offline: true };
  const model = await resolveLanguageModel(folder, { settings });
  const backbone = await openLanguageModel(model, { processing: false, threads });
  const files = Array.from({ length: 12 }, (_, layer) => randomTranscoder(layer));
  const transcoders = transcoderSet(files, { backbone, threads });
  const random = new Random(2);
  const tokens = Array.from({ length: Number(flags.tokens) }, () => random.int(50_257));
  // Everything is loaded and run once, so that what follows is attribution alone.
  await backbone.logits([tokens]);
  for (const layer of transcoders.layers)
    await (await transcoders.at(layer)).encode(new Float32Array(D_MODEL));
  const before = peakMemory();
  const [start, cpuStart] = [performance.now(), process.cpuUsage()];
  const options = { maxNodes: Number(flags['max-nodes']), heads: Number(flags.heads), threads };
  const attribution = await attribute(
    backbone,
    transcoders,
    tokens,
    [{ kind: 'salient' }],
    options,
  );
  const names = { model: 'gpt2', transcoders: {}, prompt: '', tokenStrings: tokens.map(String) };
  const graph = pruneGraph(attribution, { ...names, tokenString: String });
  const { user, system } = process.cpuUsage(cpuStart);
  console.log(
    JSON.stringify({
      seconds: (performance.now() - start) / 1000,
      cpuSeconds: (user + system) / 1e6,
      weightsGB: before / 1e9,
      beyondGB: (peakMemory() - before) / 1e9,
      activeFeatures: graph.counts.active,
      expanded: graph.counts.expanded,
      heads: attribution.others.filter(({ kind }) => kind === 'head').length,
      nodes: graph.nodes.length,
      edges: graph.edges.length,
    }),
  );
  await transcoders.close();
  await backbone.close();
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** A transcoder whose features each fire with probability `l0 / D_SAE` on a normalised input. */
function randomTranscoder(layer: number): TranscoderFile {
  const config: CoderConfig = {
    dIn: D_MODEL,
    dOut: D_MODEL,
    dSae: D_SAE,
    activation: { kind: 'relu' },
    subtractDecoderBias: false,
    metadata: {},
  };
  const block = `blocks.${layer}`;
  const places = { layer, input: `${block}.ln2.hook_normalized`, output: `${block}.hook_mlp_out` };
  const read = async (): Promise<{ config: CoderConfig; weights: CoderWeights }> => {
    const random = new Random(1, String(layer));
    // Pre-activations are standard normal, whose tail of p = 64 / 24,576 begins at 2.79.
    const bias = -tailOf(Number(flags.l0) / D_SAE);
    const uniform = (n: number, scale: number): Float32Array =>
      Float32Array.from({ length: n }, () => scale * (2 * random.float() - 1));
    const weights = {
      wEnc: uniform(D_SAE * D_MODEL, Math.sqrt(3 / D_MODEL)),
      bEnc: new Float32Array(D_SAE).fill(bias),
      wDec: uniform(D_SAE * D_MODEL, Math.sqrt(3 / D_MODEL)),
      bDec: new Float32Array(D_MODEL),
    };
    return { config, weights };
  };
  return { name: `random ${layer}`, places, config, read };
}

/** Where the upper tail of the standard normal distribution has probability `p` (Abramowitz and Stegun 26.2.23). */
function tailOf(p: number): number {
  const t = Math.sqrt(-2 * Math.log(p));
  const above = 2.515517 + t * (0.802853 + 0.010328 * t);
  return t - above / (1 + t * (1.432788 + t * (0.189269 + 0.001308 * t)));
}
