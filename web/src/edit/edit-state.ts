// The state of an edit in the address: `example=12&set=17:2,203&where=0,9`. A latent without a value is untouched.
import { hashState } from '../shared/hash-state.ts';

/** A latent in the list, and how far it is turned. */
export interface LatentChoice {
  readonly latent: number;
  /** In times the largest value seen; undefined leaves it as it is. */
  readonly times: number | undefined;
}

/** All that the address says. */
export interface EditState {
  /** Number of an image. */
  readonly example: number | undefined;
  readonly text: string;
  readonly latents: readonly LatentChoice[];
  /** Patches or positions; undefined for all. */
  readonly where: readonly number[] | undefined;
  /** Classes that latents are proposed for. */
  readonly classes: readonly number[];
  readonly prompts: readonly string[];
  /** Sentences around each prompt. */
  readonly templates: readonly string[];
  readonly newTokens: number;
  readonly seed: number;
  readonly temperature: number;
}

const USUAL = { newTokens: 20, seed: 0, temperature: 0 };

/** How far a latent can be turned, either way. */
export const MOST_TIMES = 10;

/** Read a state; what makes no sense is as if it were not there. */
export function parseState(text: string): EditState {
  const said = new URLSearchParams(text);
  const whole = (name: string): number | undefined => wholeOf(said.get(name));
  const latents = new Map<number, number | undefined>();
  for (const part of (said.get('set') ?? '').split(',')) {
    const [name = '', value] = part.split(':');
    const latent = wholeOf(name);
    if (latent !== undefined) latents.set(latent, value === undefined ? undefined : timesOf(value));
  }
  const temperature = Number(said.get('temperature') ?? USUAL.temperature);
  return {
    example: whole('example'),
    text: said.get('text') ?? '',
    latents: [...latents].map(([latent, times]) => ({ latent, times })),
    where: said.has('where') ? wholesOf(said.get('where')) : undefined,
    classes: wholesOf(said.get('classes')).slice(0, 3),
    prompts: linesOf(said.getAll('prompt')),
    templates: linesOf(said.getAll('template')),
    newTokens: whole('tokens') ?? USUAL.newTokens,
    seed: whole('seed') ?? USUAL.seed,
    temperature: temperature >= 0 && temperature <= 100 ? temperature : USUAL.temperature,
  };
}

/** Write a state; what is as usual is left out. */
export function formatState(state: EditState): string {
  const said = new URLSearchParams();
  if (state.example !== undefined) said.set('example', String(state.example));
  if (state.text !== '') said.set('text', state.text);
  if (state.latents.length > 0) {
    const one = ({ latent, times }: LatentChoice): string =>
      times === undefined ? String(latent) : `${latent}:${times}`;
    said.set('set', state.latents.map(one).join());
  }
  if (state.where !== undefined) said.set('where', state.where.join());
  if (state.classes.length > 0) said.set('classes', state.classes.join());
  for (const prompt of state.prompts) said.append('prompt', prompt);
  for (const template of state.templates) said.append('template', template);
  if (state.newTokens !== USUAL.newTokens) said.set('tokens', String(state.newTokens));
  if (state.seed !== USUAL.seed) said.set('seed', String(state.seed));
  if (state.temperature !== USUAL.temperature) said.set('temperature', String(state.temperature));
  return said.toString().replaceAll('%2C', ',').replaceAll('%3A', ':');
}

/** The state behind the address. */
export const editState = hashState<EditState>({
  parse: parseState,
  format: formatState,
  isStep: (before, after) =>
    before.example !== after.example || before.latents.length !== after.latents.length,
});

function wholeOf(text: string | null): number | undefined {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

/** Texts that stand on a line of their own, and are something. */
function linesOf(texts: readonly string[]): string[] {
  return texts.map((text) => text.replace(/\s+/g, ' ').trim()).filter((text) => text !== '');
}

function wholesOf(text: string | null): number[] {
  const all = (text ?? '').split(',').map(wholeOf);
  return [...new Set(all.filter((each) => each !== undefined))];
}

/** A number of times, within the slider. */
export function timesOf(text: string): number | undefined {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) return undefined;
  return Math.max(-MOST_TIMES, Math.min(MOST_TIMES, value));
}
