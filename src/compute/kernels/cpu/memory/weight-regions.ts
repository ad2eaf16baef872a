// What a coder keeps from batch to batch: parameters, their moments and gradients, and the state of latents.
import { DENSE_BLOCK_LATENTS, UPDATE_LATENTS } from './block-sizes.ts';
import type { LayoutSizes, Room } from './room.ts';

/** Take room for them. */
export function weightRegions({ take, training, screening }: Room, sizes: LayoutSizes) {
  const { latents, bytesIn, bytesOut, inputBias, nDirections, skip, shape } = sizes;
  const each = latents * 4;
  const ownBias = inputBias === 'own' ? bytesIn : 0;
  const skipBytes = skip ? shape.dOut * bytesIn : 0;
  return {
    wEnc: take(latents * bytesIn),
    bEnc: take(each),
    wDec: take(latents * bytesOut),
    bDec: take(bytesOut),
    bIn: take(ownBias),
    threshold: take(each),
    floor: take(each),
    wSkip: take(skipBytes),
    rounded: screening((latents * bytesIn) / 4),
    roundedScale: screening(each),
    roundedNear: screening(each),
    roundedFar: screening(each),
    'wEnc.m': training(latents * bytesIn),
    'wEnc.v': training(latents * bytesIn),
    'bEnc.m': training(each),
    'bEnc.v': training(each),
    'wDec.m': training(latents * bytesOut),
    'wDec.v': training(latents * bytesOut),
    'bDec.m': training(bytesOut),
    'bDec.v': training(bytesOut),
    'bIn.m': training(ownBias),
    'bIn.v': training(ownBias),
    'threshold.m': training(each),
    'threshold.v': training(each),
    'wSkip.m': training(skipBytes),
    'wSkip.v': training(skipBytes),
    // Of codes that are sparse, gradients of W_enc and W_dec are used up where they are made.
    gWEnc: training(latents * bytesIn),
    gWDec: training(latents * bytesOut),
    gBEnc: training(each),
    gBDec: training(bytesOut),
    gBIn: training(ownBias),
    gThreshold: training(each),
    gWSkip: training(skipBytes),
    gWindow: training(each),
    lifted: training(each),
    liftedInput: training(bytesIn),
    liftedSums: training(Math.ceil(latents / DENSE_BLOCK_LATENTS) * 8),
    directions: training(nDirections * bytesOut),
    connectionSums: training(Math.ceil(latents / UPDATE_LATENTS) * 8),
    seen: training(latents),
    decoderNorms: training(each),
    fired: training(each),
    ghosts: training(each),
    ghosted: training(latents),
  };
}
