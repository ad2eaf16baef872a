// The suppliers of a page's data: a server, or files beside the page, which open from the disk, too.
import {
  type Action,
  type ActLine,
  type ActOptions,
  type PageEvent,
  type PageSource,
  type Path,
  SOURCE_NAMES,
  type SourceIsland,
} from '../../../src/pages/source.ts';
import { takeIsland } from './islands.ts';

/** Open the supplier that the page was written for; a page without any is one of files. */
export function openSource(): PageSource {
  const told = takeIsland<SourceIsland>(SOURCE_NAMES.island);
  return told?.kind === 'server' ? serverSource() : fileSource(told?.data ?? SOURCE_NAMES.data);
}

/** Remember what was asked for, but for failures. */
function remembering(load: (path: string) => Promise<unknown>): PageSource['get'] {
  const known = new Map<string, Promise<unknown>>();
  return <T>(path: Path<T>): Promise<T> => {
    const asked = known.get(path);
    if (asked !== undefined) return asked as Promise<T>;
    const loading = load(path);
    loading.catch(() => known.delete(path));
    known.set(path, loading);
    return loading as Promise<T>;
  };
}

/** Data from a server. What changes is asked for each time; the browser's own cache knows what does not. */
function serverSource(): PageSource {
  return {
    kind: 'server',
    get: async (path) => {
      const response = await reach(`${SOURCE_NAMES.data}/${path}.json`);
      return (await answerOf(response)) as never;
    },
    url: (file) => `${SOURCE_NAMES.data}/${file}`,
    act,
    listen: sharedStream(),
  };
}

/** One stream of events for all listeners of a page: browsers keep few connections to a server. */
function sharedStream(): NonNullable<PageSource['listen']> {
  const listeners = new Set<(event: PageEvent) => void>();
  let stream: EventSource | undefined;
  /** Says that everything is told from then on; who comes later hears it, too. */
  let ready: PageEvent | undefined;
  return (onEvent) => {
    listeners.add(onEvent);
    if (stream === undefined) {
      stream = new EventSource(SOURCE_NAMES.events);
      stream.onmessage = ({ data }) => {
        const event = JSON.parse(data as string) as PageEvent;
        if ((event.data as { kind?: string } | null)?.kind === 'ready') ready = event;
        for (const listener of listeners) listener(event);
      };
    } else if (ready !== undefined) {
      onEvent(ready);
    }
    return () => {
      if (!listeners.delete(onEvent) || listeners.size > 0) return;
      stream?.close();
      [stream, ready] = [undefined, undefined];
    };
  };
}

async function act<In, Out>(
  action: Action<In, Out>,
  input: In,
  { signal, onProgress }: ActOptions = {},
): Promise<Out> {
  const response = await reach(`${SOURCE_NAMES.act}/${action}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', [SOURCE_NAMES.visitor]: visitorName() },
    body: JSON.stringify(input),
    ...(signal && { signal }),
  });
  const type = response.headers.get('Content-Type') ?? '';
  if (!type.startsWith('application/x-ndjson')) return (await answerOf(response)) as Out;
  for await (const line of linesOf(response)) {
    if ('progress' in line) onProgress?.(line.progress);
    else if ('error' in line) throw new Error(line.error);
    else return line.result as Out;
  }
  throw new Error('the server ended before it had answered');
}

/** This tab's name for a fair queue; it says nothing of anybody. */
function visitorName(): string {
  try {
    const key = SOURCE_NAMES.visitor;
    const known = sessionStorage.getItem(key) ?? Math.random().toString(36).slice(2);
    sessionStorage.setItem(key, known);
    return known;
  } catch {
    return ''; // storage may be refused
  }
}

async function reach(address: string, init?: RequestInit): Promise<Response> {
  try {
    return await fetch(address, init);
  } catch (cause) {
    if (init?.signal?.aborted === true) throw cause;
    throw new Error('the server does not answer: is it still running?', { cause });
  }
}

/** The JSON of an answer; the sentence in it when it is a refusal. */
async function answerOf(response: Response): Promise<unknown> {
  const value: unknown = await response.json().catch(() => undefined);
  if (response.ok && value !== undefined) return value;
  const { error } = (value ?? {}) as { error?: string };
  throw new Error(error ?? `the server answered ${response.status}`);
}

async function* linesOf(response: Response): AsyncGenerator<ActLine> {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    const parts = (rest + (value ?? '')).split('\n');
    rest = parts.pop()!;
    for (const part of parts) if (part !== '') yield JSON.parse(part) as ActLine;
    if (done) return;
  }
}

interface Waiting {
  resolve(value: unknown): void;
  reject(reason: Error): void;
}

/** Data inside the page, or from scripts beside it, in a folder of this name. */
function fileSource(folder: string): PageSource {
  const waiting = new Map<string, Waiting>();
  const receive = (path: string, value: unknown, reason?: string): void => {
    if (reason === undefined) waiting.get(path)?.resolve(value);
    else waiting.get(path)?.reject(new Error(reason));
  };
  Object.assign(globalThis, { [SOURCE_NAMES.receive]: receive });
  return {
    kind: 'files',
    url: (file) => `${folder}/${file}`,
    get: remembering((path) => {
      const inside = takeIsland(SOURCE_NAMES.inside(path));
      if (inside !== undefined) return Promise.resolve(inside);
      return new Promise((resolve, reject) => {
        waiting.set(path, { resolve, reject });
        const script = document.createElement('script');
        script.src = `${folder}/${path}.js`;
        script.onerror = () => reject(new Error(`${script.src} could not be loaded`));
        script.onload = () => {
          script.remove();
          reject(new Error(`${script.src} is damaged`)); // no effect once it has been received
        };
        document.head.append(script);
      });
    }),
  };
}
