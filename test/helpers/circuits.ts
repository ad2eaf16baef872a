// What the tests of circuits share: the model and transcoders of fixtures/circuits, and what the original gives on them.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LanguageBackbone } from '../../src/backbones/language/types.ts';
import { openTranscoders, type TranscoderSet } from '../../src/circuits/transcoders.ts';
import { type LanguageWorkshop, languageWorkshop } from './language.ts';

export const CIRCUIT_FIXTURES: string = join(import.meta.dirname, '../../fixtures/circuits');

/** A node of the original, its direction as the product with the file's probe. */
export interface GoldenVector {
  readonly name: string;
  readonly layer: number;
  readonly sublayer: string;
  readonly token: number | null;
  readonly contrib: number | null;
  readonly kind: string | null;
  readonly error: number;
  readonly probe: number | null;
}

export interface GoldenGraph {
  readonly edges: readonly (readonly [child: string, parent: string, weight: number])[];
  readonly nodes: Readonly<Record<string, GoldenVector>>;
}

export interface GoldenCase {
  readonly prompt: number[];
  readonly paths: readonly (readonly { readonly text: string; readonly last: GoldenVector }[])[];
  readonly printed: string;
  readonly graph: GoldenGraph;
  readonly errors: GoldenGraph;
  readonly summed: GoldenGraph;
  readonly coordinates: Readonly<Record<string, readonly [number, number]>>;
  readonly errorCoordinates: Readonly<Record<string, readonly [number, number]>>;
  readonly contribsInGraph: Readonly<Record<string, number>>;
}

export interface GoldenMeasure {
  readonly loss: number;
  readonly lossPerToken: readonly (readonly number[])[];
  readonly divergence: number;
  readonly probe: readonly (readonly number[])[];
  readonly generated: readonly (readonly number[])[];
}

export interface CircuitGolden {
  readonly probe: readonly number[];
  readonly cases: Readonly<Record<string, GoldenCase>>;
  readonly filters: Readonly<Record<string, readonly number[]>>;
  readonly topFeatures: Readonly<Record<string, readonly GoldenVector[]>>;
  readonly meanIxg: {
    readonly tokens: number[][];
    readonly places: readonly (readonly [number, number])[];
    readonly batches: readonly number[];
    readonly atPlaces: readonly number[];
    readonly perFiring: readonly number[];
    readonly frequency: readonly number[];
  };
  readonly replacement: { readonly tokens: number[][]; readonly prompt: number[][] } & Readonly<
    Record<'clean' | 'replaced' | 'middle' | 'zeroed' | 'nested' | 'after', GoldenMeasure>
  >;
}

/** The numbers of the original. */
export async function circuitGolden(): Promise<CircuitGolden> {
  return JSON.parse(await readFile(join(CIRCUIT_FIXTURES, 'expected.json'), 'utf8'));
}

/** The model of the fixtures, and ways to open its transcoders. */
export interface CircuitWorkshop {
  readonly workshop: LanguageWorkshop;
  readonly backbone: LanguageBackbone;
  /** Those of all layers. */
  readonly transcoders: TranscoderSet;
  /** Some files of the fixtures; closed with the workshop. */
  open(...files: string[]): Promise<TranscoderSet>;
  close(): Promise<void>;
}

/** Open the model and the transcoders of all layers. */
export async function circuitWorkshop(): Promise<CircuitWorkshop> {
  const workshop = await languageWorkshop();
  const backbone = await workshop.open(join(CIRCUIT_FIXTURES, 'model'), { maxSessions: 12 });
  const opened: TranscoderSet[] = [];
  const open = async (...files: string[]): Promise<TranscoderSet> => {
    const paths = files.map((file) => join(CIRCUIT_FIXTURES, file));
    const set = await openTranscoders(paths, { backbone, threads: 1 });
    opened.push(set);
    return set;
  };
  return {
    workshop,
    backbone,
    transcoders: await open('layer0.pt', 'layer1.pt', 'layer2.pt', 'layer3.pt'),
    open,
    async close() {
      for (const set of opened) await set.close();
      await workshop.close();
    },
  };
}
