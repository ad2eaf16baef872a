// What is asked, kept in the address: models, a text or an example of a page, the latents that are looked at. An image of
// one's own has no place there.
import { ASK_LIMITS } from '../../../src/pages/ask.ts';
import { type ChangeState, hashState, useHashState } from '../shared/hash-state.ts';

export interface AskState {
  readonly kind: 'image' | 'text' | undefined;
  /** Ids of the models, in the order of their columns. */
  readonly models: readonly string[];
  readonly text: string;
  /** An example of a page of features. */
  readonly page: string | undefined;
  readonly example: number | undefined;
  /** The latent that is looked at in each column. */
  readonly latents: readonly (number | undefined)[];
  /** The patch or token that is held; undefined for all of them. */
  readonly token: number | undefined;
  /** Whether tokens that are signs and no text count for what is strongest. */
  readonly signs: boolean;
  readonly heat: boolean;
  readonly opacity: number;
}

export const DEFAULT_STATE: AskState = {
  kind: undefined,
  models: [],
  text: '',
  page: undefined,
  example: undefined,
  latents: [],
  token: undefined,
  signs: false,
  heat: true,
  opacity: 0.9,
};

/** Opacity of heat maps and tints; undefined where they are off. */
export function opacityOf({ heat, opacity }: AskState): number | undefined {
  return heat ? opacity : undefined;
}

/** Read the state; whatever is unknown or invalid keeps its default. */
export function parseState(hash: string): AskState {
  const params = new URLSearchParams(hash.replace(/^#/, ''));
  const kind = params.get('kind');
  const opacity = Number(params.get('opacity') ?? Number.NaN);
  const [page, example] = splitAtLast(params.get('from') ?? '', ':');
  const isExample = page !== '' && /^\d{1,12}$/.test(example);
  return {
    kind: kind === 'image' || kind === 'text' ? kind : undefined,
    models: [...new Set(params.getAll('model'))].slice(0, ASK_LIMITS.models),
    text: (params.get('text') ?? '').slice(0, ASK_LIMITS.characters),
    page: isExample ? page : undefined,
    example: isExample ? Number(example) : undefined,
    latents: (params.get('latents') ?? '').split(',').map(numberOf),
    token: numberOf(params.get('token') ?? ''),
    signs: params.get('signs') === 'on',
    heat: params.get('heat') !== 'off',
    opacity: opacity >= 0 && opacity <= 1 ? opacity : DEFAULT_STATE.opacity,
  };
}

/** Write a state; defaults are left out. */
export function formatState(state: AskState): string {
  const params = new URLSearchParams();
  if (state.kind !== undefined) params.set('kind', state.kind);
  for (const model of state.models) params.append('model', model);
  if (state.text !== '') params.set('text', state.text);
  if (state.page !== undefined) params.set('from', `${state.page}:${state.example}`);
  const latents = state.latents.map((latent) => latent ?? '').join(',');
  if (/\d/.test(latents)) params.set('latents', latents.replace(/,+$/, ''));
  if (state.token !== undefined) params.set('token', String(state.token));
  if (state.signs) params.set('signs', 'on');
  if (!state.heat) params.set('heat', 'off');
  if (state.opacity !== DEFAULT_STATE.opacity) params.set('opacity', String(state.opacity));
  return params.toString().replaceAll('%2C', ',').replaceAll('%3A', ':').replaceAll('%7E', '~');
}

function numberOf(text: string): number | undefined {
  return /^\d{1,12}$/.test(text) ? Number(text) : undefined;
}

function splitAtLast(text: string, sign: string): [string, string] {
  const at = text.lastIndexOf(sign);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

/** Change some of the state. Another example is a step for Back; the rest is not. */
export type ChangeAsk = ChangeState<AskState>;

const state = hashState<AskState>({
  parse: parseState,
  format: formatState,
  isStep: (before, after) =>
    after.kind !== before.kind ||
    after.text !== before.text ||
    after.page !== before.page ||
    after.example !== before.example,
});

/** The state of the view, kept in the address. */
export function useAskState(): readonly [AskState, ChangeAsk] {
  return useHashState(state);
}
