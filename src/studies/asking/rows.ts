// The rows of one example at the point that a coder reads: through the model, selected and scaled as in training.

import {
  type LiveRowsOptions,
  liveRows,
  type WantedRows,
} from '../../activations/live/live-rows.ts';
import type { Scaling } from '../../activations/reading/scaling.ts';
import { selectRows } from '../../activations/reading/selection.ts';
import { imageRecorder } from '../../activations/recording/image-recorder.ts';
import type { Recorder } from '../../activations/recording/run-batches.ts';
import {
  copyPoint,
  stopBehind,
  type TextPoint,
  textPoints,
} from '../../activations/recording/text-points.ts';
import type { Layer } from '../../activations/shards/metadata.ts';
import type { LanguageBackbone } from '../../backbones/language/types.ts';
import type { VisionBackbone } from '../../backbones/types.ts';
import { UserError } from '../../base/errors.ts';
import type { CoderHome, ImageHome, TextHome } from './home.ts';

/** Gives the rows `[rows, dIn]` of one input, scaled. */
export type RowsOf<Input> = (
  input: Input,
  options: { readonly scaling: Scaling; readonly signal?: AbortSignal | undefined },
) => Promise<Float32Array>;

/** Rows of images `[3, side, side]`, and what they are. */
export interface ImageRows {
  readonly rows: RowsOf<Float32Array>;
  readonly dModel: number;
  /** Patches along a side, 0 where rows are no patches; and rows before the first. */
  readonly side: number;
  readonly lead: number;
}

/**
 * Prepare a vision transformer to give the rows that a coder reads.
 * @throws {UserError} for layers and tokens that the model does not have, and for a coder of all layers at once
 */
export async function imageRows(backbone: VisionBackbone, home: ImageHome): Promise<ImageRows> {
  const recorder = await imageRecorder(backbone, layersOf(home, backbone.config.nLayers));
  const selection = selectRows(recorder, home);
  const { dModel, nPatches } = recorder;
  const isByPatch = home.patches === 'patches' || home.patches === 'all';
  return {
    dModel,
    side: isByPatch ? Math.sqrt(nPatches) : 0,
    lead: home.patches === 'all' && recorder.hasCls ? 1 : 0,
    rows: (pixels, options) =>
      oneExample(recorder, pixels, { ...options, selection, dModel, noun: 'image' }),
  };
}

/** Rows of token ids, and what they are. */
export interface TextRows {
  readonly rows: RowsOf<Int32Array>;
  readonly dModel: number;
}

/**
 * Prepare a language model to give the rows that a coder reads, one a position.
 * @throws {UserError} for hook points and heads that the model does not have, and for a coder of all layers at once
 */
export async function textRows(backbone: LanguageBackbone, home: TextHome): Promise<TextRows> {
  const layers = layersOf(home, backbone.config.nLayers);
  const points = await textPoints(backbone, layers, home.head);
  const dModel = points[0]!.width;
  if (points.some(({ width }) => width !== dModel))
    throw new UserError('layers of different widths have no mean');
  return {
    dModel,
    rows: (tokens, options) => {
      const nPatches = tokens.length;
      const selection = selectRows({ layers, nPatches, hasCls: false }, home);
      const recorder = {
        run: (inputs: readonly Int32Array[]) => runText(backbone, points, inputs),
      };
      return oneExample(recorder, tokens, { ...options, selection, dModel, noun: 'text' });
    },
  };
}

async function runText(
  backbone: LanguageBackbone,
  points: readonly TextPoint[],
  inputs: readonly Int32Array[],
): Promise<{ acts: Float32Array }> {
  const hooks = points.map(({ hook }) => hook);
  const outputs = await backbone.run(inputs, { record: hooks, ...stopBehind(hooks) });
  const stride = inputs[0]!.length * points[0]!.width;
  const acts = new Float32Array(points.length * stride);
  for (const [i, point] of points.entries())
    copyPoint(point, outputs.get(point.hook)!, acts, { at: i * stride, stride: acts.length });
  return { acts };
}

/** One input through the model, as recording does it with many. */
async function oneExample<Input>(
  recorder: Pick<Recorder<Input>, 'run'>,
  input: Input,
  { noun, signal, ...wanted }: WantedRows & Pick<LiveRowsOptions<Item<Input>>, 'noun' | 'signal'>,
): Promise<Float32Array> {
  async function* once(): AsyncGenerator<readonly Item<Input>[]> {
    yield [{ index: 0, input }];
  }
  const runModel = async (items: readonly Item<Input>[]) => [
    await recorder.run(items.map((item) => item.input)),
  ];
  const options = { views: [wanted], noun, signal, runModel };
  for await (const { views } of liveRows(once(), options)) return views![0]!.rows;
  throw new TypeError('a model without rows');
}

interface Item<Input> {
  readonly index: number;
  readonly bad?: undefined;
  readonly input: Input;
}

/** Layers to run; a mean is over those that were recorded, or over all blocks. */
function layersOf({ layer, layers }: CoderHome, nLayers: number): readonly Layer[] {
  if (layer === 'all') {
    throw new UserError('unsupported: the coder was trained on the rows of all layers alike', {
      hint: 'say which of them to ask with --data.layer',
    });
  }
  if (layer !== 'meanpool') return [layer];
  return layers ?? Array.from({ length: nLayers }, (_, i) => i);
}
