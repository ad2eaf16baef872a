// A latent's Adam step, in one pass over its rows, and the size of all gradients, which clipping needs before it.
import { adam, adamStep } from './adam';
import { dotWide } from './rows';
import { axpy, dot, multiply } from './simd';

/**
 * Turn a gradient of a decoder row: take out its part along the row, and where lengths are `free` put in what the length
 * does, which multiplies the encoder row and the bias.
 */
// @inline
function turn(
  gd: usize,
  wd: usize,
  bytesOut: usize,
  ge: usize,
  we: usize,
  bytesIn: usize,
  gBias: f32,
  bias: f32,
  free: bool,
): void {
  let along: f32 = -dot(gd, wd, bytesOut);
  if (free) along += dot(ge, we, bytesIn) + gBias * bias;
  axpy(gd, along, wd, bytesOut);
}

/**
 * Step the weights of the latents `firstLatent … endLatent − 1` and clear their gradients (rows of the block, from 0).
 *
 * `seen [dSae]` bytes: a latent that never had a gradient has zero moments too, so its step is zero: it is passed over.
 * A latent has a gradient when it fired (its column is not empty), when `ghosted [dSae]` marks it (0: none is), and
 * always when `colStart` is 0. Adds `Σ gBias·W_enc[s]` of the block to `biasShare [dIn]` when the pointer is not 0
 * (the encoder's `x − bias`). `removeParallel`: take from gDec its part along W_dec. `unitNorm`: W_dec rows to length
 * 1 at the end. `norms [dSae]`, not 0: what is stepped are decoder rows of these lengths, and encoder rows and biases
 * divided by them, as are thresholds; the new lengths take their place, and with `removeParallel` what they do is put into gDec. Gradients are multiplied with `factor`, weights and biases with `kept` first. A threshold is stepped in its
 * logarithm where `inLogarithm` says so, so it stays positive; else as it is, and not below 0; at `thresholdRate` times the rate.
 */
export function stepLatents(
  firstLatent: i32,
  endLatent: i32,
  seen: usize,
  colStart: usize,
  ghosted: usize,
  wEnc: usize,
  mEnc: usize,
  vEnc: usize,
  gEnc: usize,
  bytesIn: usize,
  wDec: usize,
  mDec: usize,
  vDec: usize,
  gDec: usize,
  bytesOut: usize,
  bEnc: usize,
  mBias: usize,
  vBias: usize,
  gBias: usize,
  threshold: usize,
  mThreshold: usize,
  vThreshold: usize,
  gThreshold: usize,
  trainThreshold: i32,
  inLogarithm: i32,
  thresholdRate: f32,
  biasShare: usize,
  removeParallel: i32,
  unitNorm: i32,
  norms: usize,
  rate: f32,
  gain1: f32,
  beta2: f32,
  gain2: f32,
  root: f32,
  epsilon: f32,
  factor: f32,
  kept: f32,
): void {
  for (let s = firstLatent; s < endLatent; s++) {
    const o = (<usize>s) << 2;
    const changed =
      colStart === 0 ||
      load<i32>(colStart + o) !== load<i32>(colStart + o, 4) ||
      (ghosted !== 0 && load<u8>(ghosted + <usize>s) !== 0);
    if (changed) store<u8>(seen + <usize>s, 1);
    else if (!load<u8>(seen + <usize>s) && kept === 1) continue;
    const block = <usize>(s - firstLatent);
    const ge = gEnc + block * bytesIn;
    const gd = gDec + block * bytesOut;
    const we = wEnc + <usize>s * bytesIn;
    const wd = wDec + <usize>s * bytesOut;
    const gb = load<f32>(gBias + o);
    if (biasShare && gb !== 0) axpy(biasShare, gb, we, bytesIn);
    const bias = load<f32>(bEnc + o);
    if (removeParallel && changed) turn(gd, wd, bytesOut, ge, we, bytesIn, gb, bias, norms !== 0);
    const norm: f32 = norms ? load<f32>(norms + o) : 1;
    adam(
      wd,
      gd,
      mDec + <usize>s * bytesOut,
      vDec + <usize>s * bytesOut,
      bytesOut,
      rate,
      gain1,
      beta2,
      gain2,
      root,
      epsilon,
      factor / norm,
      kept * norm,
    );
    let length: f32 = 1;
    if (unitNorm || norms) {
      length = Mathf.sqrt(dot(wd, wd, bytesOut));
      if (length > 0) multiply(wd, 1 / length, bytesOut);
      else length = norm;
    }
    if (norms) store<f32>(norms + o, length);
    else length = 1;
    adam(
      we,
      ge,
      mEnc + <usize>s * bytesIn,
      vEnc + <usize>s * bytesIn,
      bytesIn,
      rate * length,
      gain1,
      beta2,
      gain2,
      root,
      epsilon,
      factor * norm,
      (kept * length) / norm,
    );
    store<f32>(
      bEnc + o,
      ((kept * length) / norm) * bias -
        length *
          adamStep(
            factor * norm * gb,
            mBias + o,
            vBias + o,
            rate,
            gain1,
            beta2,
            gain2,
            root,
            epsilon,
          ),
    );
    const theta = load<f32>(threshold + o);
    if (trainThreshold && theta < Infinity) {
      const step = adamStep(
        factor * load<f32>(gThreshold + o) * (inLogarithm ? theta : norm),
        mThreshold + o,
        vThreshold + o,
        rate * thresholdRate,
        gain1,
        beta2,
        gain2,
        root,
        epsilon,
      );
      // In float64: the factors are so near 1 that rounding them would be felt in every step.
      const grown = <f64>length / <f64>norm;
      const moved = inLogarithm
        ? <f64>theta * grown * Math.exp(-(<f64>step))
        : max<f64>(0, <f64>theta * grown - <f64>length * <f64>step);
      store<f32>(threshold + o, <f32>moved);
    }
    store<f32>(gBias + o, 0);
    if (trainThreshold) store<f32>(gThreshold + o, 0);
    if (changed) {
      memory.fill(ge, 0, bytesIn);
      memory.fill(gd, 0, bytesOut);
    }
  }
}

/**
 * What must be known of all gradients before the first is used: returns the sum of their squares over the latents
 * `firstLatent … endLatent − 1`, after taking from gDec its part along W_dec where `removeParallel` says so, and adds
 * `Σ gBias·W_enc[s]` to `biasShare`. The arguments are those of stepLatents.
 */
export function gradientSquares(
  firstLatent: i32,
  endLatent: i32,
  colStart: usize,
  ghosted: usize,
  wEnc: usize,
  gEnc: usize,
  bytesIn: usize,
  wDec: usize,
  gDec: usize,
  bytesOut: usize,
  bEnc: usize,
  gBias: usize,
  threshold: usize,
  gThreshold: usize,
  trainThreshold: i32,
  inLogarithm: i32,
  biasShare: usize,
  removeParallel: i32,
  norms: usize,
): f64 {
  let total: f64 = 0;
  for (let s = firstLatent; s < endLatent; s++) {
    const o = (<usize>s) << 2;
    const changed =
      colStart === 0 ||
      load<i32>(colStart + o) !== load<i32>(colStart + o, 4) ||
      (ghosted !== 0 && load<u8>(ghosted + <usize>s) !== 0);
    if (!changed) continue;
    const block = <usize>(s - firstLatent);
    const ge = gEnc + block * bytesIn;
    const gd = gDec + block * bytesOut;
    const wd = wDec + <usize>s * bytesOut;
    const gb = load<f32>(gBias + o);
    const we = wEnc + <usize>s * bytesIn;
    if (biasShare && gb !== 0) axpy(biasShare, gb, we, bytesIn);
    if (removeParallel)
      turn(gd, wd, bytesOut, ge, we, bytesIn, gb, load<f32>(bEnc + o), norms !== 0);
    const norm: f64 = norms ? <f64>load<f32>(norms + o) : 1;
    total +=
      norm * norm * (dotWide(ge, ge, bytesIn) + <f64>gb * <f64>gb) +
      dotWide(gd, gd, bytesOut) / (norm * norm);
    const theta = load<f32>(threshold + o);
    if (!trainThreshold || theta === Infinity) continue;
    const scale: f64 = inLogarithm ? <f64>theta : norm;
    const gradient = <f64>load<f32>(gThreshold + o) * scale;
    total += gradient * gradient;
  }
  return total;
}
