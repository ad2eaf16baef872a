// The workbench as an HTTP application: the page, its data, its actions. It opens no socket.
import { type Context, Hono } from 'hono';
import { UserError } from '../base/errors.ts';
import { counted } from '../base/text.ts';
import { type ActLine, type ActProgress, SOURCE_NAMES } from '../pages/source.ts';
import { dataAnswers } from './answers/data.ts';
import { answerTo } from './answers/errors.ts';
import { lines } from './answers/lines.ts';
import { workbenchPage } from './answers/page.ts';
import { eventStream } from './events/event-stream.ts';
import { dataPattern } from './routes/data-path.ts';
import { type ActRoute, DataFile } from './routes/route.ts';
import { ACT_ROUTES, DATA_ROUTES } from './routes/routes.ts';
import { bodyReader } from './safety/body.ts';
import { withDeadline } from './safety/deadline.ts';
import { type GuardOptions, guard } from './safety/guard.ts';
import { visitorOf } from './safety/visitor.ts';
import type { Workbench } from './workbench.ts';

/** How an application is made. */
export interface AppOptions extends GuardOptions {
  /** The built page without data; that of this package by default. */
  readonly template?: string;
}

/** Bytes of a request that takes no upload, where its route does not say. */
const USUAL_BYTES = 2 ** 20;

/** Make the application of a workbench. */
export async function createApp(workbench: Workbench, options: AppOptions = {}): Promise<Hono> {
  const app = new Hono();
  const page = await workbenchPage({ kind: 'server' }, options.template);
  const { limits } = workbench;
  const answers = dataAnswers();
  const bodies = bodyReader();

  app.use(guard(page, options));
  const html = new DataFile(Buffer.from(page), 'text/html; charset=utf-8');
  app.get('/', (c) => answers.give(c, html));
  for (const route of DATA_ROUTES) {
    const { pattern, placesOf } = dataPattern(route.path);
    app.get(`/${SOURCE_NAMES.data}/${pattern}`, async (c) => {
      const places = placesOf(c.req.param());
      const limit = { seconds: limits.maxSeconds, signal: workbench.signal, flag: '--max-seconds' };
      return answers.give(c, await withDeadline(() => route.read(places, workbench), limit));
    });
  }
  for (const route of ACT_ROUTES) {
    app.post(`/${SOURCE_NAMES.act}/${route.name}`, async (c) => {
      const input = await bodies.json(c.req.raw, bytesOf(route, workbench));
      return act(c, route, { input, workbench });
    });
  }
  app.get(`/${SOURCE_NAMES.events}`, () => eventStream(workbench.runEvents, workbench));
  app.notFound((c) => {
    if (['GET', 'HEAD', 'POST'].includes(c.req.method))
      return c.json({ error: 'there is nothing at this address' }, 404);
    c.header('Allow', 'GET, HEAD, POST');
    return c.json({ error: `nothing here is asked by ${c.req.method}` }, 405);
  });
  app.onError((error, c) => {
    const { status, sentence } = answerTo(error, workbench);
    return c.json({ error: sentence }, status);
  });
  return app;
}

/** Bytes of the largest request to an action: an upload comes in base64. */
function bytesOf({ takesUpload, maxBytes }: ActRoute, { limits }: Workbench): number {
  const plain = maxBytes ?? USUAL_BYTES;
  return takesUpload === true ? plain + Math.ceil((limits.maxUpload / 3) * 4) : plain;
}

async function act(
  c: Context,
  route: ActRoute,
  { input, workbench }: { input: unknown; workbench: Workbench },
): Promise<Response> {
  const checked = route.schema.safeParse(input);
  if (!checked.success) {
    const { path, message } = checked.error.issues[0]!;
    throw new UserError(
      `invalid request: ${path.length > 0 ? `${path.join('.')}: ` : ''}${message}`,
    );
  }
  const work = (signal: AbortSignal, progress: (told: ActProgress) => void): Promise<unknown> => {
    const onWait = (before: number): void => progress({ doing: waitingText(before) });
    const visitor = { ...visitorOf(c), onWait };
    return route.act(checked.data, { workbench, signal, visitor, progress });
  };
  const { maxSeconds, maxTraceSeconds } = workbench.limits;
  if (route.isLong !== true) {
    const signal = AbortSignal.any([c.req.raw.signal, workbench.signal]);
    const limit = { seconds: maxSeconds, signal, flag: '--max-seconds' };
    const result = await withDeadline((until) => work(until, () => undefined), limit);
    c.header('Cache-Control', 'no-store');
    return c.json((result ?? null) as object);
  }
  return lines(async (write, gone) => {
    const signal = AbortSignal.any([gone, c.req.raw.signal, workbench.signal]);
    const limit = { seconds: maxTraceSeconds, signal, flag: '--max-trace-seconds' };
    const progress = (told: ActProgress): void => write({ progress: told } as ActLine);
    write({ result: await withDeadline((until) => work(until, progress), limit) });
  }, workbench);
}

function waitingText(before: number): string {
  return before === 0 ? 'waiting' : `waiting: ${counted(before, 'question')} before this one`;
}
