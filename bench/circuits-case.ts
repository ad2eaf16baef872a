// One case of bench/circuits.ts, alone in its process; prints JSON. Reads the weights that the parent has written.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openLanguageModel } from '../src/backbones/language/open.ts';
import type { LanguageBackbone } from '../src/backbones/language/types.ts';
import { silenceProgress } from '../src/base/progress.ts';
import { attribute } from '../src/circuits/attribution/attribute.ts';
import { promptState } from '../src/circuits/attribution/prompt-state.ts';
import { pruneGraph } from '../src/circuits/attribution/prune.ts';
import { pathText } from '../src/circuits/paths/components.ts';
import { topPaths } from '../src/circuits/paths/paths.ts';
import { denseCodes, openCircuitPrompt } from '../src/circuits/paths/prompt.ts';
import { coderFeature } from '../src/circuits/paths/starts.ts';
import {
  type TranscoderFile,
  type TranscoderSet,
  transcoderSet,
} from '../src/circuits/transcoders.ts';
import { hubSettings } from '../src/hub/settings.ts';
import type { CoderConfig } from '../src/sae/coder.ts';
import { peakMemory } from './measure.ts';

/** What a case computes; `compatible` is what the original does. */
export type CircuitWork = 'exact' | 'compatible';

export interface CircuitCase {
  readonly work: CircuitWork;
  /** Folder of the model and of `enc0.f32`, `dec0.f32` and so on, `[dSae, dModel]`. */
  readonly folder: string;
  readonly nLayers: number;
  readonly dModel: number;
  readonly dSae: number;
  /** Bias of all features. */
  readonly bias: number;
  readonly tokens: readonly number[];
  readonly threads: number;
  /** Layer of the feature whose paths are searched; of its features the one that is largest at the last token. */
  readonly layer: number;
  readonly iterations: number;
  readonly branches: number;
  readonly maxNodes: number;
  readonly heads: number;
}

/** What a case prints. */
export interface MeasuredCircuit {
  readonly name: string;
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Memory before the work began, and the peak of the process less that. */
  readonly weightsBytes: number;
  readonly beyondBytes: number;
  /** What was found, in words. */
  readonly found: string;
}

/** A row of dModel numbers for every feature. */
async function transcoderFile(folder: string, name: string): Promise<Float32Array> {
  const { buffer, byteOffset, byteLength } = await readFile(join(folder, `${name}.f32`));
  return new Float32Array(buffer, byteOffset, byteLength / 4);
}

function transcoderOf(job: CircuitCase, layer: number): TranscoderFile {
  const { dModel, dSae } = job;
  const config: CoderConfig = {
    dIn: dModel,
    dOut: dModel,
    dSae,
    activation: { kind: 'relu' },
    subtractDecoderBias: false,
    metadata: {},
  };
  const block = `blocks.${layer}`;
  const places = { layer, input: `${block}.ln2.hook_normalized`, output: `${block}.hook_mlp_out` };
  const read = async (): ReturnType<TranscoderFile['read']> => {
    const wEnc = await transcoderFile(job.folder, `enc${layer}`);
    const wDec = await transcoderFile(job.folder, `dec${layer}`);
    const bEnc = new Float32Array(dSae).fill(job.bias);
    return { config, weights: { wEnc, bEnc, wDec, bDec: new Float32Array(dModel) } };
  };
  return { name: `random ${layer}`, places, config, read };
}

interface Opened {
  readonly backbone: LanguageBackbone;
  readonly transcoders: TranscoderSet;
}

async function exactly(job: CircuitCase, { backbone, transcoders }: Opened): Promise<string> {
  const { tokens, maxNodes, heads, threads } = job;
  const roots = [{ kind: 'salient' }] as const;
  const options = { maxNodes, heads, threads };
  const attribution = await attribute(backbone, transcoders, tokens, roots, options);
  const names = { model: 'gpt2', transcoders: {}, prompt: '', tokenStrings: tokens.map(String) };
  const { counts, nodes, edges } = pruneGraph(attribution, { ...names, tokenString: String });
  const nHeads = attribution.others.filter(({ kind }) => kind === 'head').length;
  return `${counts.active} features fire, ${counts.expanded} followed, ${nHeads} heads; ${nodes.length} nodes, ${edges.length} edges kept`;
}

async function compatibly(job: CircuitCase, opened: Opened): Promise<() => Promise<string>> {
  const prompt = await openCircuitPrompt(job.tokens, opened);
  return async () => {
    const last = denseCodes(await prompt.codes(job.layer), job.tokens.length - 1);
    const feature = last.indexOf(last.reduce((a, b) => Math.max(a, b)));
    const root = coderFeature(await opened.transcoders.at(job.layer), feature);
    const { iterations, branches } = job;
    const levels = await topPaths(prompt, root, { iterations, branches, raw: true });
    return pathText(levels.at(-1)![0]!);
  };
}

/** Load everything and run it once, then do the work. */
async function measure(job: CircuitCase): Promise<MeasuredCircuit> {
  const settings = { ...hubSettings(), offline: true };
  const backbone = await openLanguageModel(job.folder, {
    settings,
    processing: false,
    tokenizer: false,
    threads: job.threads,
  });
  const files = Array.from({ length: job.nLayers }, (_, layer) => transcoderOf(job, layer));
  const transcoders = transcoderSet(files, { backbone, threads: job.threads });
  const opened = { backbone, transcoders };
  for (const layer of transcoders.layers)
    await (await transcoders.at(layer)).encode(new Float32Array(job.dModel));
  let work: () => Promise<string>;
  if (job.work === 'compatible') {
    work = await compatibly(job, opened);
  } else {
    await promptState(backbone, transcoders, job.tokens);
    work = () => exactly(job, opened);
  }
  const before = peakMemory();
  const [start, cpuStart] = [performance.now(), process.cpuUsage()];
  const found = await work();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpuStart);
  await transcoders.close();
  await backbone.close();
  return {
    name: `saev, ${job.threads} threads`,
    seconds,
    cpuSeconds: (user + system) / 1e6,
    weightsBytes: before,
    beyondBytes: peakMemory() - before,
    found,
  };
}

silenceProgress(true);
console.log(JSON.stringify(await measure(JSON.parse(process.argv[2]!) as CircuitCase)));
