// Coders and models out of the engine's files, opened when they are first asked for and kept.
import { languageBackbone } from '../../../src/backbones/language/running/language-backbone.ts';
import type { LanguageMatrices } from '../../../src/backbones/language/weights/matrices.ts';
import { unpackLanguage, unpackVision } from '../../../src/backbones/portable.ts';
import { visionBackbone } from '../../../src/backbones/vision/vision-backbone.ts';
import type { Kernels } from '../../../src/compute/kernels/types.ts';
import type { SparseRows } from '../../../src/compute/sparse-rows.ts';
import { createTokenizer } from '../../../src/data/texts/tokenizer.ts';
import type { SparseCoder } from '../../../src/sae/coder.ts';
import { type Coder, coderAtWork } from '../../../src/sae/coder-at-work.ts';
import type {
  ShippedBackbone,
  ShippedCoder,
  ShippedLanguage,
  ShippedVision,
} from '../../../src/server/publish/engine/shipped.ts';
import type { Askable, AskableImages, AskableTexts } from '../../../src/studies/asking/askable.ts';
import { imageRows, textRows } from '../../../src/studies/asking/rows.ts';
import type { EngineFiles } from './files.ts';
import { sessionsOver } from './session.ts';

/** Rows that a coder takes at a time: a picture's patches, or a text's positions. */
const MAX_ROWS = 1024;
/** Graphs of one model that stay open, each with a copy of the weights. */
const MAX_SESSIONS = 3;

type Tensors = ReadonlyMap<string, Float32Array<ArrayBuffer>>;

/** A coder, ready to be asked, and what else was written with it. */
export interface OpenedCoder {
  readonly askable: Askable;
  readonly shipped: ShippedCoder;
  readonly tensors: Tensors;
}

/** Coders by their files. */
export interface ShippedModels {
  open(file: string): Promise<OpenedCoder>;
}

/** Open coders of a folder on kernels; coders of one model share it. */
export function shippedModels(files: EngineFiles, kernels: Kernels): ShippedModels {
  const coders = remembering((file: string) => openShipped(file));
  const visions = remembering((file: string) => openVision(files, file));
  const languages = remembering((file: string) => openLanguage(files, file));

  async function openShipped(file: string): Promise<OpenedCoder> {
    const shipped = await files.json<ShippedCoder>(file);
    const tensors = await files.tensors(shipped.tensors);
    const coder = await coderAtWork(coderOf(shipped, tensors), { kernels, maxRows: MAX_ROWS });
    const { name, home } = shipped;
    const scaling = shipped.scaling && { ...shipped.scaling, mean: tensors.get('scaling.mean') };
    const any = {
      name,
      coder,
      scaling,
      encode: inTurn(coder.encodeScaled),
      close: coder.close,
      [Symbol.asyncDispose]: coder.close,
    };
    const askable: AskableImages | AskableTexts =
      home.modality === 'image'
        ? {
            modality: 'image',
            home,
            ...any,
            ...(await withRows(home, visions, imageRows, shipped)),
          }
        : {
            modality: 'text',
            home,
            ...any,
            ...(await withRows(home, languages, textRows, shipped)),
          };
    return { askable, shipped, tensors };
  }
  return { open: coders };
}

async function withRows<Home, Backbone, Rows>(
  home: Home,
  open: (file: string) => Promise<Backbone>,
  rowsOf: (backbone: Backbone, home: Home) => Promise<Rows>,
  { backbone: file }: ShippedCoder,
): Promise<{ backbone: Backbone; rows: Rows }> {
  const backbone = await open(file);
  return { backbone, rows: await rowsOf(backbone, home) };
}

async function openVision(files: EngineFiles, file: string) {
  const shipped = await files.json<ShippedVision>(file);
  const { family, checkpoint, transform, parts } = shipped;
  const loading = await loadingOf(files, shipped);
  return visionBackbone(unpackVision(parts), { family, checkpoint, transform, ...loading });
}

async function openLanguage(files: EngineFiles, file: string) {
  const shipped = await files.json<ShippedLanguage>(file);
  const { checkpoint, parts } = shipped;
  const loading = await loadingOf(files, shipped);
  const backbone = languageBackbone(unpackLanguage(parts), {
    checkpoint,
    matrices: NO_MATRICES,
    ...loading,
  });
  return { ...backbone, tokenizer: createTokenizer(shipped.tokenizer) };
}

async function loadingOf(files: EngineFiles, { weights }: ShippedBackbone) {
  const openSession = sessionsOver(weights, await files.bytes(weights));
  return { openSession, weightsFolder: '', maxSessions: MAX_SESSIONS };
}

/** Nothing here reads a weight by its name. */
const NO_MATRICES: LanguageMatrices = new Proxy({} as LanguageMatrices, {
  get() {
    throw new TypeError('weights of a model in the browser cannot be read');
  },
});

/** The coder as its checkpoint would give it. */
function coderOf({ config, scale }: ShippedCoder, tensors: Tensors): SparseCoder {
  const take = (name: string): Float32Array => {
    const found = tensors.get(name);
    if (found === undefined) throw new TypeError(`missing tensor '${name}'`);
    return found;
  };
  const mean = tensors.get('normalization.mean');
  const isScaled = mean !== undefined || scale !== undefined;
  const [threshold, wSkip] = [tensors.get('threshold'), tensors.get('wSkip')];
  return {
    config: { ...config, ...(isScaled && { normalization: { mean, scale } }) },
    weights: {
      wEnc: take('wEnc'),
      bEnc: take('bEnc'),
      wDec: take('wDec'),
      bDec: take('bDec'),
      ...(threshold && { threshold }),
      ...(wSkip && { wSkip }),
      ...(tensors.has('gated.rMag') && {
        gated: { rMag: take('gated.rMag'), bGate: take('gated.bGate') },
      }),
    },
  };
}

/** Do a thing once for each name, but for failures. */
function remembering<T>(work: (name: string) => Promise<T>): (name: string) => Promise<T> {
  const known = new Map<string, Promise<T>>();
  return (name) => {
    const asked = known.get(name);
    if (asked !== undefined) return asked;
    const working = work(name);
    known.set(name, working);
    working.catch(() => known.delete(name));
    return working;
  };
}

/** Let calls wait for the one before: a coder's memory holds the rows of one. */
function inTurn(encode: Coder['encodeScaled']): Coder['encodeScaled'] {
  let last: Promise<SparseRows | undefined> = Promise.resolve(undefined);
  return (rows) => {
    const mine = last.then(() => encode(rows));
    last = mine.catch(() => undefined);
    return mine;
  };
}
