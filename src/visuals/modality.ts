// What a modality, images or texts, brings to visuals: where rows come from, and how examples are shown to a person.
import type { ActivationSource } from '../activations/types.ts';
import type { PageIndex } from '../pages/feature-page.ts';
import type { SparseCoder } from '../sae/coder.ts';
import type { CollectOptions } from './collecting/collector.ts';
import type { VisualsConfig } from './config.ts';
import type { FeatureFile } from './feature-file/feature-file.ts';
import type { PagePresenter } from './page/presenter.ts';

/** The examples of a job, be they images or texts. */
export interface Examples {
  /** What of them decides the features, beyond the settings of every job. */
  readonly key: Readonly<Record<string, unknown>>;
  /** What is kept of them in the one pass over the rows. */
  readonly keep: FindOptions;
  /** Open the rows for one pass; whoever asked closes them. */
  open(): Promise<ActivationSource>;
  /** Say what the page is about. */
  about(file: FeatureFile): Pick<PageIndex, 'modality' | 'title' | 'facts' | 'token'>;
  /** Write what is to stand beside the page; gives what shows the examples on it. */
  present(folder: string, file: FeatureFile, latents: ShownLatents): Promise<PagePresenter>;
  close(): Promise<void>;
}

/** Latents to show. */
interface ShownLatents {
  /** Those that were chosen by the settings, and get files of their own where the modality has some. */
  readonly chosen: readonly number[];
  /** Those of the page. */
  readonly page: readonly number[];
}

/** A kind of examples. */
export interface Modality {
  readonly name: PageIndex['modality'];
  /** Whether the rows that the settings name come from examples of this kind. */
  fits(config: Pick<VisualsConfig, 'data'>): boolean | Promise<boolean>;
  /** Open the examples of a job. */
  open(
    config: VisualsConfig,
    coder: SparseCoder,
    options: { readonly signal?: AbortSignal },
  ): Promise<Examples>;
}

/** What is found beyond what every job finds. */
interface FindOptions {
  readonly bands?: CollectOptions['bands'];
  /** Entries of a sample of codes to keep; none when undefined. */
  readonly sampleEntries?: number;
}
