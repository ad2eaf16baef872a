// The workbench as an HTTP application: the page, its data, its actions. It opens no socket.
import { type Context, Hono } from 'hono';
import { UserError } from '../base/errors.ts';
import { logger } from '../base/log.ts';
import { packageVersion } from '../base/version.ts';
import { island } from '../pages/page-files.ts';
import { type ActLine, SOURCE_NAMES, type SourceIsland } from '../pages/source.ts';
import { fillTemplate, readTemplate } from '../pages/template.ts';
import { dataPattern } from './routes/data-path.ts';
import { type ActRoute, DataFile } from './routes/route.ts';
import { ACT_ROUTES, DATA_ROUTES } from './routes/routes.ts';
import { contentPolicy } from './safety/policy.ts';
import type { Workbench } from './workbench.ts';

const log = logger('serve');

/** How an application is made. */
export interface AppOptions {
  /** The built page without data; that of this package by default. */
  readonly template?: string;
}

/** Make the application of a workbench. */
export async function createApp(workbench: Workbench, options: AppOptions = {}): Promise<Hono> {
  const app = new Hono();
  const page = await workbenchPage('server', options.template);
  const policy = contentPolicy(page);

  app.use(async (c, next) => {
    await next();
    c.header('X-Content-Type-Options', 'nosniff');
    c.header('Referrer-Policy', 'no-referrer');
    c.header('Content-Security-Policy', policy);
    c.header('Cross-Origin-Opener-Policy', 'same-origin');
    c.header('Cross-Origin-Resource-Policy', 'same-origin');
  });
  app.get('/', (c) => c.html(page));
  for (const route of DATA_ROUTES) {
    const { pattern, placesOf } = dataPattern(route.path);
    app.get(`/${SOURCE_NAMES.data}/${pattern}`, async (c) => {
      const value = await route.read(placesOf(c.req.param()), workbench);
      if (!(value instanceof DataFile)) return c.json(value as object);
      return c.body(value.bytes as Uint8Array<ArrayBuffer>, 200, { 'Content-Type': value.type });
    });
  }
  for (const route of ACT_ROUTES) {
    app.post(`/${SOURCE_NAMES.act}/${route.name}`, (c) => act(c, route, workbench));
  }
  app.notFound((c) => c.json({ error: 'there is nothing at this address' }, 404));
  app.onError((error, c) => {
    const { status, sentence } = answerTo(error);
    return c.json({ error: sentence }, status);
  });
  return app;
}

/** Fill the page with what it needs to know of its supplier. */
export async function workbenchPage(
  kind: SourceIsland['kind'],
  template?: string,
): Promise<string> {
  const told: SourceIsland = { kind, version: packageVersion() };
  return fillTemplate(await readTemplate('workbench', template), [
    island(SOURCE_NAMES.island, JSON.stringify(told)),
  ]);
}

async function act(c: Context, route: ActRoute, workbench: Workbench): Promise<Response> {
  const checked = route.schema.safeParse(await c.req.json().catch(() => undefined));
  if (!checked.success) {
    const { path, message } = checked.error.issues[0]!;
    throw new UserError(
      `invalid request: ${path.length > 0 ? `${path.join('.')}: ` : ''}${message}`,
    );
  }
  const signal = AbortSignal.any([c.req.raw.signal, workbench.signal]);
  const visitor = c.req.header('x-saev-visitor') ?? '';
  const context = { workbench, signal, visitor };
  if (!route.isLong)
    return c.json((await route.act(checked.data, { ...context, progress: () => {} })) as object);
  return lines(async (write) => {
    const progress = (told: object): void => write({ progress: told } as ActLine);
    write({ result: await route.act(checked.data, { ...context, progress }) });
  });
}

/** Answer with a line of JSON for each thing that is written. */
function lines(work: (write: (line: ActLine) => void) => Promise<void>): Response {
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      let isOpen = true;
      const write = (line: ActLine): void => {
        if (!isOpen) return;
        try {
          controller.enqueue(encoder.encode(`${JSON.stringify(line)}\n`));
        } catch {
          isOpen = false; // the visitor has gone
        }
      };
      try {
        await work(write);
      } catch (error) {
        write({ error: answerTo(error).sentence });
      }
      if (isOpen) controller.close();
    },
  });
  return new Response(body, { headers: { 'Content-Type': 'application/x-ndjson' } });
}

/** What a visitor is told of an error: a mistake in words, a bug without its insides. */
function answerTo(error: unknown): { status: 400 | 500 | 503; sentence: string } {
  if (error instanceof UserError) {
    const { message, hint } = error;
    return { status: 400, sentence: hint === undefined ? message : `${message}; ${hint}` };
  }
  if (error instanceof Error && error.name === 'AbortError')
    return { status: 503, sentence: 'it was stopped' };
  log.error(`a request failed: ${error instanceof Error ? (error.stack ?? error.message) : error}`);
  return { status: 500, sentence: 'this is a bug in saev: its log says more' };
}
