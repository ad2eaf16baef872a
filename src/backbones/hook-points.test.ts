import { describe, expect, it } from 'vitest';
import {
  blocksUpTo,
  hook,
  isHeadInput,
  isOptional,
  parseHook,
  positionAxis,
  rankAt,
  residualHook,
} from './hook-points.ts';

describe('names of hook points', () => {
  it('are put together and taken apart', () => {
    for (const part of ['hook_resid_post', 'ln2.hook_normalized', 'attn.hook_z', 'attn.W_Q']) {
      expect(parseHook(hook(11, part))).toEqual({ layer: 11, part });
    }
    expect(residualHook(-2, 12)).toBe('blocks.10.hook_resid_post');
  });

  it('have no layer outside the blocks', () => {
    for (const name of ['hook_embed', 'ln_final.hook_normalized', 'blocks.x.hook_z', 'blocks.3'])
      expect(parseHook(name)).toBeUndefined();
  });

  it('tell how much must be computed', () => {
    expect(blocksUpTo('blocks.3.hook_mlp_out')).toBe(4);
    expect(blocksUpTo('hook_pos_embed')).toBe(0);
    expect(blocksUpTo('ln_final.hook_scale')).toBe(Number.POSITIVE_INFINITY);
  });

  it('tell the axes of their tensors', () => {
    const axes = (part: string) => [rankAt(hook(0, part)), positionAxis(hook(0, part))];
    expect(axes('hook_resid_mid')).toEqual([3, 1]);
    expect(axes('attn.hook_z')).toEqual([4, 1]);
    expect(axes('attn.hook_pattern')).toEqual([4, 2]);
    expect(axes('hook_q_input')).toEqual([4, 1]);
    expect(axes('hook_mlp_in')).toEqual([3, 1]);
  });

  it('tell what is recorded on demand only', () => {
    const all = ['attn.hook_result', 'hook_attn_in', 'hook_v_input', 'hook_mlp_in'];
    expect(all.every((part) => isOptional(hook(2, part)))).toBe(true);
    expect(isOptional('blocks.2.hook_mlp_out')).toBe(false);
    expect(isOptional('ln_final.hook_normalized')).toBe(false);
    expect(isHeadInput('blocks.2.hook_attn_in')).toBe(true);
    expect(isHeadInput('blocks.2.hook_mlp_in')).toBe(false);
  });
});
