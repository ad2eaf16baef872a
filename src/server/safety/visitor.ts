// Which visitor a request is from, for a fair queue.
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { SOURCE_NAMES } from '../../pages/source.ts';

/** Someone who asks. */
export interface Visitor {
  /** Where they are: what nobody can make up many of. */
  readonly address: string;
  /** Which of those there, by their own word. */
  readonly name: string;
  /** Hears how many go before them. */
  readonly onWait?: (before: number) => void;
}

/** Tell whose request it is. */
export function visitorOf(c: Context): Visitor {
  // Without a socket there are no bindings.
  const incoming = (c.env as Partial<HttpBindings> | undefined)?.incoming;
  const name = c.req.header(SOURCE_NAMES.visitor) ?? '';
  return { address: incoming?.socket.remoteAddress ?? '', name: name.slice(0, 64) };
}
