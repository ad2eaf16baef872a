// Texts as the examples of a visuals job.
import { join } from 'node:path';
import { findShards } from '../../activations/find-shards.ts';
import { liveTextsIdentity, shardsIdentity } from '../../activations/identity.ts';
import { layerHook } from '../../activations/recording/image-recorder.ts';
import { openSource } from '../../activations/source.ts';
import type { TextContexts } from '../../activations/types.ts';
import { type EarlierCoder, openEarlierCoders } from '../../analysis/earlier-coders.ts';
import { featureTables, layersBefore } from '../../analysis/feature-tables.ts';
import { type HookPoint, parseHook } from '../../backbones/hook-points.ts';
import { openLanguageModel } from '../../backbones/language/open.ts';
import type { LanguageBackbone } from '../../backbones/language/types.ts';
import { UserError } from '../../base/errors.ts';
import { kindOfPath } from '../../base/files.ts';
import { number } from '../../base/text.ts';
import { readableTokens } from '../../data/texts/readable-tokens.ts';
import { textKindOf } from '../../data/texts/sources/open-texts.ts';
import type { Tokenizer } from '../../data/texts/tokenizer.ts';
import { isTranscoder, type SparseCoder } from '../../sae/coder.ts';
import { hookPointsOf } from '../../sae/hook-points.ts';
import { scalingOf, tellScaling } from '../coder-scaling.ts';
import { createCodeSample } from '../collecting/code-sample.ts';
import type { VisualsConfig } from '../config.ts';
import type { Modality } from '../modality.ts';
import { featureDashboards } from './dashboard.ts';
import { writeFeatureJson } from './dashboard-files.ts';
import type { ExportContext } from './neuronpedia-export.ts';
import { textPresenter } from './text-presenter.ts';

/** Entries of the sample that says which features fire together: 8 MiB. */
const SAMPLE_ENTRIES = 2 ** 20;

const RANKINGS = { patch: 'their strongest token', img: 'the sum over their tokens' } as const;

/**
 * Open the texts that activations come from, with their model and tokenizer.
 *
 * @throws {UserError} for what is missing, and for a coder that reads another hook point than the rows come from.
 */
const openTextExamples: Modality['open'] = async (config, coder, { signal }) => {
  const { data, sortBy, bands, bandExamples, seed, threads } = config;
  if (sortBy === 'cls' || data.patches !== 'patches') {
    throw new UserError(`unsupported data.patches '${data.patches}' for visuals of texts`, {
      hint: "texts are shown token by token: 'patches', with sortBy 'patch' or 'img'",
    });
  }
  const opened = await openSource(
    { ...data, target: undefined },
    {
      ...(signal && { signal }),
      ...(threads && { threads }),
      scaling: scalingOf(coder, config),
      ignore: config.ignore,
    },
  );
  tellScaling(coder, config, opened.scaling);
  const { source } = opened;
  const { contexts } = source;
  if (contexts === undefined) throw new TypeError('a source of texts without contexts');
  let model: Model | undefined;
  let earlier: EarlierCoder[];
  let point: HookPoint;
  try {
    model = opened.language === undefined ? await openModel(contexts, config, signal) : undefined;
    const { backbone } = opened.language ?? model!;
    point = pointOf(data.layer, backbone);
    checkPoint(coder, point, config);
    const { dModel } = backbone.config;
    earlier = await openEarlierCoders(config.transcoders, { point, dModel, signal });
  } catch (error) {
    await model?.backbone.close();
    await source.close();
    throw error;
  }
  const { backbone, tokenizer } = opened.language ?? model!;
  const tokenStrings = rememberedStrings(tokenizer);
  const transcodes = isTranscoder(coder.config);
  const isRemote = data.language !== undefined && textKindOf(data.language.texts).isRemote === true;

  return {
    key: {
      ...(opened.language === undefined
        ? await shardsIdentity(data.shardRoot, { ...data, target: undefined })
        : await liveTextsIdentity(source, { backbone, isRemote, signal })),
      bands: [bands, bandExamples, seed],
    },
    keep: {
      bands: { bands, perBand: bandExamples, seed },
      sampleEntries: SAMPLE_ENTRIES,
    },
    // The texts are needed to the end: they are closed with the rest.
    open: async () => Object.create(source, { close: { value: async () => undefined } }),
    about: ({ meta }) => ({
      modality: 'text',
      title: `${nameOf(contexts.model)}, ${point}`,
      facts: [
        [transcodes ? 'Transcoder' : 'Autoencoder', config.ckpt],
        ['Model', contexts.model],
        ['Hook point', point],
        ['Contexts', `${number(meta.nExamples)} of ${number(contexts.contextSize)} tokens`],
        ['Ranked by', RANKINGS[sortBy]],
      ],
      token: { one: 'token', many: 'tokens' },
    }),
    async present(folder, file, { page }) {
      const features = [...page].sort((a, b) => a - b);
      const { tableRows: rows, topHeads: nHeads, around, pageExamples, topK } = config;
      const nExamples = Math.min(pageExamples, topK);
      const options = { features, point, earlier, rows, nHeads, signal };
      const tables = await featureTables(coder, backbone, options);
      const sample = await file.sample();
      const codes = sample && createCodeSample(sample.columns, { maxEntries: SAMPLE_ENTRIES });
      if (sample !== undefined) codes?.observe(sample);
      const tokensOf = (context: number): Promise<Int32Array> => contexts.tokens(context);
      const dashboards = featureDashboards(
        { features: file, coder, tokensOf, tokenStrings, codes },
        features.map((feature) => tables.get(feature)!.logits),
        { buffer: around, examples: nExamples },
      );
      const context = exportContext(config, contexts, { point, transcodes, file: file.meta });
      await writeFeatureJson(folder, dashboards, context, {
        total: features.length,
        neuronpedia: config.neuronpedia,
        signal,
      });
      const { bosId, eosId, padId } = tokenizer;
      return textPresenter(file, {
        nExamples,
        tables,
        tokensOf,
        tokenStrings,
        facts: {
          special: tokenStrings([...new Set([bosId, eosId, padId])]),
          nHeads: backbone.config.nHeads,
          nHeadLayers: layersBefore(point, backbone.config.nLayers),
          earlier: earlier.map(({ name, layer }) => ({
            name: nameOf(name),
            layer,
            page: config.dashboards?.replaceAll('{layer}', String(layer)),
          })),
        },
      });
    },
    async close() {
      await model?.backbone.close();
      await source.close();
    },
  };
};

/** Texts: where a language model runs along, and where shards hold tokens. */
export const textModality: Modality = {
  name: 'text',
  async fits({ data }) {
    if (data.language !== undefined || data.live !== undefined) return data.language !== undefined;
    return (
      (await kindOfPath(join(await findShards(data.shardRoot, data), 'texts.json'))) === 'file'
    );
  },
  open: openTextExamples,
};

interface Model {
  readonly backbone: LanguageBackbone;
  readonly tokenizer: Tokenizer;
}

/** The model that recorded texts were run through. */
async function openModel(
  contexts: TextContexts,
  { threads }: Pick<VisualsConfig, 'threads'>,
  signal: AbortSignal | undefined,
): Promise<Model> {
  const { model, processing, tokenizer } = contexts;
  const backbone = await openLanguageModel(model, { processing, tokenizer, threads, signal });
  return { backbone, tokenizer: backbone.tokenizer };
}

function pointOf(layer: VisualsConfig['data']['layer'], backbone: LanguageBackbone): HookPoint {
  const { config, checkpoint, hookPoints, optionalHookPoints } = backbone;
  return layerHook(layer, {
    nLayers: config.nLayers,
    checkpoint,
    hookPoints: [...hookPoints, ...optionalHookPoints],
  });
}

/** Refuse rows of another hook point than the coder's checkpoint names, where it names one. */
function checkPoint(coder: SparseCoder, point: HookPoint, { ckpt }: VisualsConfig): void {
  if (coder.config.place?.input === undefined) return;
  const { input } = hookPointsOf(coder, `'${ckpt}'`);
  if (input === point) return;
  throw new UserError(
    `invalid data.layer: the rows are of '${point}', '${ckpt}' reads '${input}'`,
    {
      hint: `give --data.layer ${input}`,
    },
  );
}

function exportContext(
  config: VisualsConfig,
  contexts: TextContexts,
  about: {
    point: HookPoint;
    transcodes: boolean;
    file: { nExamples: number; nTokens: number };
  },
): ExportContext {
  const { point, transcodes, file } = about;
  const texts = config.data.language?.texts;
  const saeSet = config.saeSet ?? (transcodes ? 'transcoder' : 'sae');
  return {
    modelId: config.modelId ?? nameOf(contexts.model),
    layer: parseHook(point)?.layer ?? 0,
    saeSet,
    dataset:
      texts === undefined ? config.data.shardRoot : 'name' in texts ? texts.name : texts.type,
    nPrompts: file.nExamples,
    nTokens: file.nTokens,
    hookName: point,
    creatorId: 'saev',
    releaseName: saeSet,
  };
}

/** The end of a path or of a name on the hub. */
function nameOf(name: string): string {
  return name.split(/[\\/]/).findLast((part) => part !== '') ?? name;
}

/** Texts of tokens, each found once. */
function rememberedStrings(tokenizer: Tokenizer): (ids: ArrayLike<number>) => string[] {
  const known: string[] = [];
  return (ids) => Array.from(ids, (id) => (known[id] ??= readableTokens(tokenizer, [id])[0]!));
}
