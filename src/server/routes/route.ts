// What a route is: a piece of data that is read, or something that is done.
import type { z } from 'zod';
import type { Action, ActProgress } from '../../pages/source.ts';
import type { Visitor } from '../safety/visitor.ts';
import type { Workbench } from '../workbench.ts';

/** A file in place of a value: a picture, say. */
export class DataFile {
  readonly bytes: Uint8Array;
  /** Its media type. */
  readonly type: string;

  constructor(bytes: Uint8Array, type: string) {
    this.bytes = bytes;
    this.type = type;
  }
}

/** Parts of a path that stand for something. */
export type Places = Readonly<Record<string, string>>;

/** Data that is read: the server answers with it, and publishing writes it into a file. */
export interface DataRoute {
  /** Its path with places: `features/:id/chunks/:n`; that of a file ends with its extension. */
  readonly path: string;
  /**
   * Read it.
   * @throws {UserError} when there is no such thing, or it is damaged.
   */
  read(places: Places, workbench: Workbench): Promise<unknown>;
  /** Every set of places that there is, for publishing. */
  list(workbench: Workbench): AsyncIterable<Places> | Promise<Iterable<Places>>;
}

/** What an action may use besides its input. */
export interface ActContext {
  readonly workbench: Workbench;
  /** Aborted when the visitor has gone or the time is over. */
  readonly signal: AbortSignal;
  /** Who asks, for a fair queue. */
  readonly visitor: Visitor;
  progress(progress: ActProgress): void;
}

/** Something that is done. */
export interface ActRoute<Schema extends z.ZodType = z.ZodType> {
  readonly name: Action<never, unknown>;
  readonly schema: Schema;
  /** Bytes of the largest input; a megabyte when left out. */
  readonly maxBytes?: number;
  /** Whether an image may come with it: as many bytes more as the limits allow. */
  readonly takesUpload?: boolean;
  /** Whether it tells of its progress, and may take long. */
  readonly isLong?: boolean;
  act(input: z.output<Schema>, context: ActContext): Promise<unknown>;
}

/** Make a route of an action, so that its input has the type of its schema. */
export function actRoute<Schema extends z.ZodType>(route: ActRoute<Schema>): ActRoute {
  return route as ActRoute;
}
