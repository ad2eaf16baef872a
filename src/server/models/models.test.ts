// Models at work: who comes when, what is shared, what is closed.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../base/errors.ts';
import type { Visitor } from '../safety/visitor.ts';
import { type ModelLimits, type Models, openModels } from './models.ts';

const never = new AbortController().signal;
const usual: ModelLimits = { maxModels: 2, maxWaiting: 64, atOnce: 1 };

/** Models that write down what happens to them. */
function opener() {
  const events: string[] = [];
  return {
    events,
    opening: (key: string) => ({
      key,
      open: async () => {
        events.push(`open ${key}`);
        return { close: async () => void events.push(`close ${key}`) };
      },
    }),
  };
}

/** Work that ends when it is told to. */
function gate() {
  let end = (): void => undefined;
  const done = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { done, end };
}

const visitor = (name: string, address = ''): Visitor => ({ address, name });
const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Ask for work while another is at work, and tell in which order it is done. */
async function orderOf(asked: readonly Visitor[], models: Models): Promise<string[]> {
  const { opening } = opener();
  const first = gate();
  const begun = models.use(opening('m'), () => first.done);
  const order: string[] = [];
  const rest = asked.map((each, i) =>
    models.use(opening('m'), async () => void order.push(`${each.name}${i}`), { visitor: each }),
  );
  first.end();
  await Promise.all([begun, ...rest]);
  return order;
}

describe('models at work', () => {
  it('is opened once for all who ask, and works on one thing at a time', async () => {
    const { events, opening } = opener();
    const models = openModels(never, { ...usual, atOnce: 4 });
    let atWork = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      most = Math.max(most, ++atWork);
      await soon();
      atWork--;
    };
    await Promise.all(Array.from({ length: 8 }, () => models.use(opening('m'), work)));
    expect([events, most]).toEqual([['open m'], 1]);
    await models.close();
    expect(events).toEqual(['open m', 'close m']);
  });

  it('lets visitors take turns, however much one asks for', async () => {
    const asked = [...'aaaabcb'].map((name) => visitor(name));
    expect(await orderOf(asked, openModels(never, usual))).toEqual(
      'a0 b4 c5 a1 b6 a2 a3'.split(' '),
    );
  });

  it('lets addresses take turns, however many visitors one makes up', async () => {
    const asked = [...'wxyz'].map((name) => visitor(name, '1'));
    const order = await orderOf([...asked, visitor('b', '2')], openModels(never, usual));
    expect(order).toEqual(['w0', 'b4', 'x1', 'y2', 'z3']);
  });

  it('never lets a visitor have two turns while another waits', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 24 }),
        async (names) => {
          const order = await orderOf(
            names.map((name) => visitor(name)),
            openModels(never, { ...usual, maxWaiting: 1000 }),
          );
          const left = names.map((name, i) => `${name}${i}`);
          order.forEach((each, i) => {
            const others = new Set(left.map((name) => name[0]));
            if (i > 0 && others.size > 1) expect(each[0]).not.toBe(order[i - 1]![0]);
            left.splice(left.indexOf(each), 1);
          });
          expect(left).toEqual([]);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('forgets what nobody waits for any more, and tells the others how many go before them', async () => {
    const { opening } = opener();
    const models = openModels(never, usual);
    const first = gate();
    const begun = models.use(opening('m'), () => first.done);
    const gone = new AbortController();
    let isDone = false;
    const work = async (): Promise<void> => {
      isDone = true;
    };
    const options = { signal: gone.signal, visitor: visitor('a') };
    const left = models.use(opening('m'), work, options);
    const told: number[] = [];
    const last = models.use(opening('m'), async () => 'done', {
      visitor: { ...visitor('b'), onWait: (before) => told.push(before) },
    });
    gone.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    first.end();
    await begun;
    expect([await last, isDone, told[0]]).toEqual(['done', false, 2]);
  });

  it('refuses more than may wait, in all and of one visitor', async () => {
    const { opening } = opener();
    const models = openModels(never, { ...usual, maxWaiting: 16 });
    const first = gate();
    const all = [models.use(opening('m'), () => first.done)];
    const ask = (name: string) => models.use(opening('m'), soon, { visitor: visitor(name) });
    all.push(ask('a'), ask('a'));
    await expect(ask('a')).rejects.toThrow('2 questions of yours wait already');
    for (let i = 0; i < 14; i++) all.push(ask(`${i}`));
    await expect(ask('z')).rejects.toMatchObject({ status: 503 });
    first.end();
    await Promise.all(all);
    await ask('a');
  });

  it('closes the model used least recently, never one at work', async () => {
    const { events, opening } = opener();
    const models = openModels(never, { ...usual, atOnce: 3 });
    const first = gate();
    const atWork = models.use(opening('a'), () => first.done);
    await models.use(opening('b'), soon);
    await models.use(opening('c'), soon);
    expect(events).toEqual(['open a', 'open b', 'close b', 'open c']);
    first.end();
    await atWork;
    await models.use(opening('a'), soon);
    await models.use(opening('d'), soon);
    expect(events.slice(4)).toEqual(['close c', 'open d']);
  });

  it('opens a model again that could not be opened', async () => {
    const models = openModels(never, usual);
    let tries = 0;
    const opening = {
      key: 'm',
      open: async () => {
        if (++tries === 1) throw new UserError('its file is missing');
        return { close: async () => undefined };
      },
    };
    const failing = [1, 2].map(() => models.use(opening, soon));
    for (const each of failing) await expect(each).rejects.toThrow('its file is missing');
    expect(tries).toBe(1);
    const real = performance.now;
    performance.now = () => real.call(performance) + 60_000;
    try {
      expect(await models.use(opening, async () => 'works')).toBe('works');
    } finally {
      performance.now = real;
    }
  });

  it('goes on with a new model where one does not answer', async () => {
    const { events, opening } = opener();
    const models = openModels(never, { ...usual, grace: 1 });
    const gone = new AbortController();
    const stuck = models.use(opening('m'), () => new Promise(() => undefined), {
      signal: gone.signal,
    });
    await soon();
    gone.abort(new Error('time is over'));
    await expect(stuck).rejects.toThrow('time is over');
    expect(await models.use(opening('m'), async () => 'works')).toBe('works');
    expect(events).toEqual(['open m', 'close m', 'open m']);
  });
});
