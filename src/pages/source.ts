// Where a page takes its data from, whatever supplies it: a server, or files beside the page.

declare const content: unique symbol;

/** The name of a piece of data, `runs/ID`, that knows what it holds. */
export type Path<T> = string & { readonly [content]?: T };

/** The name of something that can be done, `ask`, with what it takes and gives. */
export type Action<In, Out> = string & { readonly [content]?: (input: In) => Out };

/** Name a piece of data by parts that are safe in an address and as file names. */
export function path<T>(...parts: readonly (string | number)[]): Path<T> {
  return parts.join('/');
}

/** Name something that can be done. */
export function action<In, Out>(name: string): Action<In, Out> {
  return name;
}

/** How an action is asked for. */
export interface ActOptions {
  readonly signal?: AbortSignal;
  /** Hears how far a long one is. */
  readonly onProgress?: (progress: ActProgress) => void;
}

/** How far a long action is. */
export interface ActProgress {
  /** What is being done, for people. */
  readonly doing: string;
  readonly done?: number;
  readonly total?: number;
}

/** An event that a server tells of unasked. */
export interface PageEvent {
  readonly name: string;
  readonly data: unknown;
}

/** A supplier of data. */
export interface PageSource {
  /** `server` is alive; `files` lie beside the page. */
  readonly kind: 'server' | 'files';
  /** Read a piece of data; rejects with a sentence for people. */
  get<T>(path: Path<T>): Promise<T>;
  /** The address of a picture or another file. */
  url(file: string): string;
  /** Do something; absent where nothing can be done. Rejects with a sentence for people. */
  act?<In, Out>(action: Action<In, Out>, input: In, options?: ActOptions): Promise<Out>;
  /** Hear events until the given function is called; absent where there are none. */
  listen?(onEvent: (event: PageEvent) => void): () => void;
}

/** Lines of the answer to a long action. */
export type ActLine =
  | { readonly progress: ActProgress }
  | { readonly result: unknown }
  | { readonly error: string };

/** Names that the page and its suppliers share. */
export const SOURCE_NAMES = {
  /** Island that says which supplier the page has. */
  island: 'saev-workbench',
  /** Function that the script of a piece of data calls with its path and value, or with the reason that there is none. */
  receive: 'saevData',
  /** Folder of the data, from the page. */
  data: 'data',
  /** Island that holds a piece of data inside the page. */
  inside: (path: string): string => `saev-data ${path}`,
  /** Folder of the actions, from the page. */
  act: 'act',
  /** Stream of events, from the page. */
  events: 'events',
  /** Header in which a tab names itself, so that visitors can take turns. */
  visitor: 'x-saev-visitor',
} as const;

/** What a page is told of its supplier. */
export interface SourceIsland {
  readonly kind: PageSource['kind'];
  /** Folder of its data, from the page, where it is not the usual one. */
  readonly data?: string;
  /** Version of the program that wrote the page. */
  readonly version: string;
}
