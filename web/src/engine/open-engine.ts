// The engine as the page sees it: a worker that is started when the first question comes.
import type { AskAnswer, Example } from '../../../src/pages/ask.ts';
import type { LargestSeen } from '../../../src/pages/edit.ts';
import type { Action, ActOptions } from '../../../src/pages/source.ts';
import type { EngineWork, FromEngine, PageExample, ToEngine, WorkName } from './messages.ts';

/** Models at work in the visitor's browser. */
export interface Engine {
  /** Do what a server would. Rejects with a sentence for people. */
  work<Name extends WorkName>(
    name: Name,
    input: EngineWork[Name]['input'],
    options?: Pick<ActOptions, 'signal'>,
  ): Promise<EngineWork[Name]['output']>;
  /** End the worker. */
  close(): void;
}

/** What can be done by the engine, by the names of the server's actions. */
export const ENGINE_ACTIONS: readonly WorkName[] = ['ask', 'edit', 'propose'];

/** Most threads: more hardly help models of this size. */
const MOST_THREADS = 4;

/** Say why nothing can be computed on this page; undefined where it can. */
export function whyNoEngine(): string | undefined {
  if (location.protocol === 'file:')
    return 'Browsers run no models on pages that are opened from a disk: put the folder on a web host, or run "npx serve" in it.';
  if (typeof WebAssembly === 'undefined' || typeof Worker === 'undefined')
    return 'This browser runs no WebAssembly in workers, which the models need.';
  return undefined;
}

/** What the page knows and the engine does not. */
export interface EngineHost {
  /** Bytes of the picture of an example of a page of features. */
  readonly pictureOf?: (features: string, example: number) => Promise<Uint8Array>;
  /** The largest codes that visuals of a model saw. */
  readonly largestOf?: (model: string) => Promise<LargestSeen>;
}

/** What is said of answers about such a picture. */
const SMALL_PICTURE =
  "The example's image is not at hand: this is about the smaller picture of its page.";

/** Start the engine in the folder at `base`, an address with a slash at its end. */
export function openEngine(base: string, { pictureOf, largestOf }: EngineHost = {}): Engine {
  const address = new URL(base, document.baseURI).href;
  const threads = crossOriginIsolated
    ? Math.min(MOST_THREADS, navigator.hardwareConcurrency || 1)
    : 1;
  const waiting = new Map<
    number,
    { resolve(output: EngineWork[WorkName]['output']): void; reject(error: Error): void }
  >();
  let worker: Worker | undefined;
  let count = 0;

  const start = (): Worker => {
    const started = new Worker(new URL('engine.js', address), { type: 'module' });
    started.onmessage = ({ data }: MessageEvent<FromEngine>) => {
      const asked = waiting.get(data.id);
      waiting.delete(data.id);
      if ('error' in data) asked?.reject(new Error(data.error));
      else asked?.resolve(data.output);
    };
    started.onerror = (event) => {
      event.preventDefault();
      for (const { reject } of waiting.values())
        reject(
          new Error(`the models could not be started: ${event.message || 'engine.js is missing'}`),
        );
      waiting.clear();
      if (worker === started) worker = undefined;
    };
    started.postMessage({ kind: 'start', base: address, threads } satisfies ToEngine);
    return started;
  };

  const send = <Name extends WorkName>(
    name: Name,
    input: EngineWork[Name]['input'],
    { signal, from }: Pick<ActOptions, 'signal'> & Pick<GivenExample, 'from'>,
  ): Promise<EngineWork[Name]['output']> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      worker ??= start();
      const id = count++;
      const mine = worker;
      const stop = (): void => {
        waiting.delete(id);
        mine.postMessage({ kind: 'stop', id } satisfies ToEngine);
        reject(signal!.reason);
      };
      const settled =
        <T>(settle: (value: T) => void) =>
        (value: T): void => {
          signal?.removeEventListener('abort', stop);
          settle(value);
        };
      signal?.addEventListener('abort', stop, { once: true });
      waiting.set(id, { resolve: settled(resolve as never), reject: settled(reject) });
      mine.postMessage({ kind: 'work', id, name, input, from } satisfies ToEngine);
    });

  return {
    async work(name, input, options = {}) {
      if (!('example' in input)) {
        const { largest } = (await largestOf?.(input.model)) ?? {};
        return send(name, { ...input, largest }, options);
      }
      const given = await uploaded(input.example, pictureOf);
      const { from } = given;
      const output = await send(name, { ...input, example: given.example }, { ...options, from });
      return given.note === undefined ? output : withNote(output, given.note);
    },
    close() {
      worker?.terminate();
      worker = undefined;
      for (const { reject } of waiting.values()) reject(new Error('the page was left'));
      waiting.clear();
    },
  };
}

/** Tell whether an action is the engine's. */
export function isEngineAction(action: Action<never, unknown>): action is WorkName {
  return ENGINE_ACTIONS.includes(action as WorkName);
}

/** An example whose picture stands in it, what to know of it, and which one of a page it is. */
interface GivenExample {
  readonly example: Example;
  readonly note?: string;
  readonly from?: PageExample | undefined;
}

async function uploaded(
  example: Example,
  pictureOf: EngineHost['pictureOf'],
): Promise<GivenExample> {
  if ('text' in example || 'upload' in example.image || pictureOf === undefined) return { example };
  const { features, example: number } = example.image;
  const bytes = await pictureOf(features, number);
  let characters = '';
  for (const byte of bytes) characters += String.fromCharCode(byte);
  const image = { upload: btoa(characters), name: `example ${number}` };
  return { example: { image }, note: SMALL_PICTURE, from: { features, number } };
}

/** An answer with something to know before trusting it. */
function withNote<Output extends EngineWork[WorkName]['output']>(
  output: Output,
  note: string,
): Output {
  if (!('answers' in output)) return { ...output, reasons: [note, ...output.reasons] };
  const answers: AskAnswer['answers'] = output.answers.map((answer) =>
    answer.error === undefined ? { ...answer, notes: [...answer.notes, note] } : answer,
  );
  return { ...output, answers };
}
