// Which rows an example gives: `patches` chooses among its tokens, `layer` among its layers.
import { UserError } from '../../base/errors.ts';
import type { ActivationMetadata, Layer } from '../shards/metadata.ts';

/** CLS alone, every patch, the mean over patches, or every stored token (CLS first). */
export type PatchChoice = 'cls' | 'patches' | 'meanpool' | 'all';

/** One recorded layer, each layer in turn, or the mean over layers. */
export type LayerChoice = Layer | 'all' | 'meanpool';

/**
 * The rows of one example. A row is the mean over `width` stored tokens (one, where nothing is averaged), a stored
 * token being `layer · nTokens + token`. Rows are ordered by layer, then token: the order on disk.
 */
export interface RowSelection {
  readonly rowsPerExample: number;
  readonly width: number;
  /** `[rowsPerExample, width]` */
  readonly sources: Int32Array;
  /** What each row is to be reconstructed as, `[rowsPerExample, width]`; undefined for itself. */
  readonly targets?: Int32Array | undefined;
  /** Patch of each row, from 0; −1 for CLS and for means over patches. */
  readonly tokenIndex: Int32Array;
  /** Position of each row's layer in the metadata's list; −1 for means over layers. */
  readonly layerIndex: Int32Array;
}

/**
 * Select rows as saev's `Dataset` does. With `layer: 'all'` row `i` of the set is
 * `(example · nLayers + layer) · tokens + token`, an order that saev leaves open.
 *
 * @throws {UserError} for a layer that was not recorded, and for CLS where there is none.
 */
export function selectRows(
  metadata: Pick<ActivationMetadata, 'layers' | 'nPatches' | 'hasCls'>,
  choice: {
    patches: PatchChoice;
    layer: LayerChoice;
    target?: Layer | undefined;
    /** Patches that a mean over patches leaves out. */
    notInMean?: readonly number[] | undefined;
  },
): RowSelection {
  const { target } = choice;
  if (target !== undefined) {
    if (choice.layer === 'all' || choice.layer === 'meanpool' || choice.layer === target) {
      throw new UserError(`invalid target ${target} for layer ${choice.layer}`, {
        hint: 'a target needs another, single layer to be reconstructed from',
      });
    }
    const { sources } = selectRows(metadata, { ...choice, layer: target, target: undefined });
    return { ...selectRows(metadata, { ...choice, target: undefined }), targets: sources };
  }
  const { hasCls, nPatches } = metadata;
  const nTokens = nPatches + (hasCls ? 1 : 0);
  const tokens = tokenGroups(choice.patches, { hasCls, nPatches, notInMean: choice.notInMean });
  const layers = layerGroups(choice.layer, metadata.layers);

  const width = tokens[0]!.length * layers[0]!.length;
  const rowsPerExample = tokens.length * layers.length;
  const sources = new Int32Array(rowsPerExample * width);
  const tokenIndex = new Int32Array(rowsPerExample);
  const layerIndex = new Int32Array(rowsPerExample);
  let row = 0;
  for (const layerGroup of layers) {
    for (const tokenGroup of tokens) {
      let slot = row * width;
      for (const layer of layerGroup) {
        for (const token of tokenGroup) sources[slot++] = layer * nTokens + token;
      }
      layerIndex[row] =
        layerGroup.length === 1 && choice.layer !== 'meanpool' ? layerGroup[0]! : -1;
      const isMean = choice.patches === 'meanpool';
      tokenIndex[row] = isMean ? -1 : tokenGroup[0]! - (hasCls ? 1 : 0);
      row++;
    }
  }
  return { rowsPerExample, width, sources, tokenIndex, layerIndex };
}

/** Groups of stored tokens, each averaged into one row. */
function tokenGroups(
  patches: PatchChoice,
  {
    hasCls,
    nPatches,
    notInMean = [],
  }: { hasCls: boolean; nPatches: number; notInMean?: readonly number[] | undefined },
): number[][] {
  const first = hasCls ? 1 : 0;
  const content = Array.from({ length: nPatches }, (_, i) => first + i);
  switch (patches) {
    case 'cls':
      if (!hasCls) {
        throw new UserError('missing CLS: the recorded model has no such token', {
          hint: "choose patches: 'patches' or 'meanpool'",
        });
      }
      return [[0]];
    case 'patches':
      return content.map((token) => [token]);
    case 'meanpool': {
      const taken = content.filter((token) => !notInMean.includes(token - first));
      if (taken.length === 0) {
        throw new UserError(`nothing is left: all ${nPatches} patches of a mean are ignored`);
      }
      return [taken];
    }
    case 'all':
      return Array.from({ length: first + nPatches }, (_, token) => [token]);
  }
}

/** Groups of layer positions, each averaged into one row. */
function layerGroups(layer: LayerChoice, recorded: readonly Layer[]): number[][] {
  const positions = recorded.map((_, i) => i);
  if (layer === 'meanpool') return [positions];
  if (layer === 'all') return positions.map((position) => [position]);
  const position = recorded.indexOf(layer);
  if (position === -1) {
    throw new UserError(`missing layer ${layer}: it was not recorded`, {
      hint: `recorded layers: ${recorded.join(', ')}`,
    });
  }
  return [[position]];
}
