// Heads that read behind an edit, fitted to the model and set to work.
import { layerHook } from '../../../activations/recording/image-recorder.ts';
import type { HookPoint } from '../../../backbones/hook-points.ts';
import type { VisionBackbone } from '../../../backbones/types.ts';
import { UserError } from '../../../base/errors.ts';
import type { EditHead } from '../../../pages/edit.ts';
import type { HeadReads } from '../../classification/saved-heads.ts';
import type { Features } from '../../probes/features.ts';
import type { LinearHead } from '../../probes/linear-head.ts';
import { openHeads } from '../../probes/measure-heads.ts';
import type { PatchModel } from '../../segmentation/patch-rows.ts';
import type { EditableImages } from '../editable.ts';

/** A head as its files say it is. */
export interface FoundHead extends EditHead {
  readonly head: LinearHead;
  readonly family: string;
  readonly checkpoint: string;
  readonly layer: number | string;
  /** How its images came to size. */
  readonly resize: PatchModel['resize'];
  /** Rows of an image that a classification head reads. */
  readonly reads?: HeadReads['patches'];
  /** The autoencoder whose codes it reads, in place of activations. */
  readonly sae?: string | undefined;
  /** Whether that is the one whose codes are edited: `withOwnCodes` tells. */
  readonly readsOwnCodes?: boolean | undefined;
  /** Where its files lie. */
  readonly folder?: string | undefined;
}

/** A head that fits the model and reads behind the edit. */
export interface EditHeadAtWork extends EditHead {
  readonly dIn: number;
  /** Where it reads. */
  readonly point: HookPoint;
  readonly resize: PatchModel['resize'];
  readonly reads?: HeadReads['patches'];
  /** Whether it reads codes of the coder that is edited. */
  readonly isOfCodes: boolean;
  /** Logits `[rows, classes]` of rows `[rows, dIn]`. */
  readonly logits: (rows: Features) => Promise<Float32Array>;
}

/** What is edited, and where. */
type EditedPlace = Pick<EditableImages, 'backbone' | 'coder' | 'input' | 'output' | 'name'>;

const LAST_NORM = 'ln_final.hook_normalized';

/** Heads that fit, and why the others do not: a sentence each. */
export interface FittedHeads {
  readonly heads: readonly EditHeadAtWork[];
  readonly reasons: readonly string[];
}

/** Set the heads to work that read behind the edit of a coder, in the model that it belongs to. */
export async function fitHeads(
  found: readonly FoundHead[],
  editable: EditedPlace,
): Promise<FittedHeads> {
  const heads: EditHeadAtWork[] = [];
  const reasons: string[] = [];
  for (const each of found) {
    const point = pointOf(each, editable.backbone);
    const reason = whyNot(each, point, editable);
    if (reason !== undefined) {
      reasons.push(`The head '${each.id}' is not shown: ${reason}.`);
      continue;
    }
    const { id, kind, name, classes, head, resize, reads } = each;
    const isOfCodes = each.sae !== undefined;
    const scores = await openHeads([head], { isSparse: isOfCodes });
    heads.push({
      ...{ id, kind, name, classes, resize, isOfCodes },
      ...(reads !== undefined && { reads }),
      dIn: head.dIn,
      point: point!,
      logits: scores.logits,
    });
  }
  return { heads, reasons };
}

function pointOf({ layer }: FoundHead, backbone: VisionBackbone): HookPoint | undefined {
  const { config, checkpoint, hookPoints } = backbone;
  if (layer === LAST_NORM && !hookPoints.includes(LAST_NORM)) return 'output';
  try {
    return layer === 'output'
      ? layer
      : layerHook(layer, { nLayers: config.nLayers, checkpoint, hookPoints });
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

function whyNot(
  found: FoundHead,
  point: HookPoint | undefined,
  editable: EditedPlace,
): string | undefined {
  const { family, checkpoint, head, layer, sae, reads } = found;
  const { backbone, output } = editable;
  const { hookPoints, config } = backbone;
  if (family !== backbone.family || checkpoint !== backbone.checkpoint)
    return `it reads ${checkpoint || family}, the edit is of ${backbone.checkpoint}`;
  if (point === undefined) return `${backbone.checkpoint} has no '${layer}'`;
  if (sae !== undefined) return whyNoCodes(found, point, editable);
  if (head.dIn !== config.dModel)
    return `it reads rows of ${head.dIn} numbers, the model has ${config.dModel}`;
  if (reads === 'cls' && !config.hasCls) return `${backbone.checkpoint} has no CLS token`;
  const isBehind = point === 'output' || hookPoints.indexOf(point) >= hookPoints.indexOf(output);
  return isBehind ? undefined : `it reads '${point}', which an edit at '${output}' does not reach`;
}

/** Why a head on codes cannot be shown. */
function whyNoCodes(
  { head, sae, reads, readsOwnCodes }: FoundHead,
  point: HookPoint,
  { backbone, coder, input, name }: EditedPlace,
): string | undefined {
  const { dSae } = coder.config;
  if (readsOwnCodes !== true)
    return `it reads codes of '${sae}', the edit is of those of '${name}'`;
  if (head.dIn !== dSae) return `it reads ${head.dIn} codes, '${name}' has ${dSae}`;
  if (point !== input) return `it reads codes at '${point}', the edit is of those at '${input}'`;
  return reads === 'cls' && !backbone.config.hasCls
    ? `${backbone.checkpoint} has no CLS token`
    : undefined;
}
