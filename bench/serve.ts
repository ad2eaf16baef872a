// A workbench under load: many visitors at a time over the demo's output, and how soon a catalogue of many runs is there.
//
//   npm run build && npm run demo && npx tsx bench/serve.ts demo-out [--clients 50] [--seconds 60] [--runs 100]
//       [--features 24576] [--act 0.1] [--tmp FOLDER] [--json]
//
// `saev serve` runs in a process of its own, by default settings. Each client does what a page does: loads the page and the
// catalogue, opens a page of features, then chunks, pictures and runs at random, and now and then (`--act`) asks a model
// about an example. It waits for each answer and goes on at once.
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import type { AskRequest } from '../src/pages/ask.ts';
import type { Catalogue } from '../src/pages/catalogue.ts';
import { printTable } from './measure.ts';
import { writeManyRuns } from './serve-inputs.ts';

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    clients: { type: 'string', default: '50' },
    seconds: { type: 'string', default: '60' },
    runs: { type: 'string', default: '100' },
    features: { type: 'string', default: '24576' },
    act: { type: 'string', default: '0.1' },
    tmp: { type: 'string', default: tmpdir() },
    json: { type: 'boolean', default: false },
  },
});
const demo = positionals[0] ?? 'demo-out';
const program = new URL('../bin/saev.js', import.meta.url).pathname;

/** Answers of one kind. */
interface Kind {
  readonly times: number[];
  bytes: number;
  errors: number;
}

const root = await mkdtemp(join(flags.tmp, 'saev-serve-'));
try {
  const catalogue = await measureCatalogue();
  const load = await measureLoad();
  if (flags.json)
    console.log(JSON.stringify({ flags, catalogue, load: load.rows, peak: load.peakBytes }));
  else report(catalogue, load);
} finally {
  await rm(root, { recursive: true, force: true });
}

/** A running `saev serve`. */
async function start(folder: string) {
  const began = performance.now();
  const child = spawn(process.execPath, [program, 'serve', folder, '--port', '0', '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface(child.stdout);
  const first = await new Promise<string>((resolve, reject) => {
    lines.once('line', resolve);
    child.once('exit', () => reject(new Error('saev serve has ended')));
  });
  const { url } = JSON.parse(first) as { url: string };
  return {
    url,
    startMs: performance.now() - began,
    async peakBytes() {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
      return Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) * 1024;
    },
    async end() {
      const ending = performance.now();
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGINT');
      await ended;
      return performance.now() - ending;
    },
  };
}

async function measureCatalogue() {
  const [run] = (await readdir(join(demo, 'runs'))).sort();
  await writeManyRuns(join(demo, 'runs', run!), join(root, 'runs'), {
    count: Number(flags.runs),
    features: Number(flags.features),
  });
  const server = await start(join(root, 'runs'));
  const once = async (path: string): Promise<number> => {
    const began = performance.now();
    await (await fetch(server.url + path)).arrayBuffer();
    return performance.now() - began;
  };
  const coldMs = await once('data/catalogue.json');
  const warmMs = await once('data/catalogue.json');
  // Looked at anew, with what is remembered of things that have not changed.
  await new Promise((resolve) => setTimeout(resolve, 2500));
  const againMs = await once('data/catalogue.json');
  const id = `runs~run-0000~visuals~sort_by_patch`;
  const indexMs = await once(`data/features/${id}/index.json`);
  const endMs = await server.end();
  return { startMs: server.startMs, coldMs, warmMs, againMs, indexMs, endMs };
}

async function measureLoad() {
  const server = await start(demo);
  const kinds = new Map<string, Kind>();
  const until = performance.now() + Number(flags.seconds) * 1000;
  await Promise.all(
    Array.from({ length: Number(flags.clients) }, (_, i) => visit(server.url, i, kinds, until)),
  );
  const peakBytes = await server.peakBytes();
  const endMs = await server.end();
  const rows = [...kinds].map(([name, { times, bytes, errors }]) => {
    const sorted = times.toSorted((a, b) => a - b);
    const at = (share: number): number =>
      sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
    return { name, count: times.length, bytes, errors, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
  });
  return { rows, peakBytes, endMs };
}

/** One visitor, with connections of its own. */
async function visit(
  url: string,
  number: number,
  kinds: Map<string, Kind>,
  until: number,
): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 2 });
  let seed = number + 1;
  const random = (): number => {
    seed = (seed * 48271) % 2147483647;
    return seed / 2147483647;
  };
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const ask = async (kind: string, path: string, body?: unknown): Promise<Buffer> => {
    const began = performance.now();
    let entry = kinds.get(kind);
    if (entry === undefined) {
      entry = { times: [], bytes: 0, errors: 0 };
      kinds.set(kind, entry);
    }
    const { status, bytes } = await exchange(agent, url + path, { body, visitor: `${number}` });
    entry.times.push(performance.now() - began);
    entry.bytes += bytes.byteLength;
    if (status !== 200) entry.errors++;
    return bytes;
  };
  const visitOnce = async (): Promise<void> => {
    await ask('page', '');
    const catalogue = JSON.parse(
      (await ask('catalogue', 'data/catalogue.json')).toString(),
    ) as Catalogue;
    const { id, features } = pick(catalogue.features);
    await ask('index of features', `data/features/${id}/index.json`);
    const { abilities } = catalogue;
    for (let i = 0; i < 12 && performance.now() < until; i++) {
      const example = Math.floor(random() * 40);
      const n = Math.floor((random() * features) / 32);
      if (abilities.ask === true && random() < Number(flags.act)) {
        const question: AskRequest = {
          models: [pick(catalogue.models).id],
          example: { image: { features: id, example: exampleOf(random) } },
        };
        await ask('ask', 'act/ask', question);
      } else if (random() < 0.4) {
        const chunk = await ask('chunk of features', `data/features/${id}/chunks/${n}.json`);
        examples = examplesIn(chunk) ?? examples;
      } else if (random() < 0.7) {
        await ask(
          'picture',
          `data/features/${id}/pictures/${examples[example % examples.length]}.jpg`,
        );
      } else await ask('catalogue', 'data/catalogue.json');
    }
  };
  let examples: number[] = [];
  const exampleOf = (chance: () => number): number =>
    examples[Math.floor(chance() * examples.length)] ?? 0;
  const first = JSON.parse(
    (await exchange(agent, `${url}data/catalogue.json`, { visitor: '' })).bytes.toString(),
  ) as Catalogue;
  const chunk = await exchange(
    agent,
    `${url}data/features/${first.features[0]!.id}/chunks/0.json`,
    { visitor: '' },
  );
  examples = examplesIn(chunk.bytes) ?? [0];
  while (performance.now() < until) await visitOnce();
  agent.destroy();
}

/** Numbers of the examples that a chunk names. */
function examplesIn(chunk: Buffer): number[] | undefined {
  const found = [...chunk.toString().matchAll(/"example":(\d+)/g)].map(([, n]) => Number(n));
  return found.length > 0 ? found : undefined;
}

function exchange(
  agent: Agent,
  url: string,
  { body, visitor }: { body?: unknown; visitor: string },
): Promise<{ status: number; bytes: Buffer }> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        agent,
        method: body === undefined ? 'GET' : 'POST',
        headers: {
          'x-saev-visitor': visitor,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
      },
      (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, bytes: Buffer.concat(parts) }),
        );
        answer.on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function report(
  catalogue: Awaited<ReturnType<typeof measureCatalogue>>,
  { rows, peakBytes, endMs }: Awaited<ReturnType<typeof measureLoad>>,
): void {
  const ms = (value: number): string => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
  console.log(`${flags.runs} runs, each with a page of ${flags.features} features`);
  printTable(
    ['', ''],
    [
      ['until the address is printed', ms(catalogue.startMs)],
      ['first catalogue', ms(catalogue.coldMs)],
      ['the same within 2 s', ms(catalogue.warmMs)],
      ['looked at anew', ms(catalogue.againMs)],
      ['index of a page', ms(catalogue.indexMs)],
      ['Ctrl-C', ms(catalogue.endMs)],
    ],
  );
  console.log(`\n${flags.clients} clients for ${flags.seconds} s over '${demo}'`);
  printTable(
    ['', 'answers', 'per second', 'p50', 'p95', 'p99', 'errors'],
    rows.map(({ name, count, p50, p95, p99, errors }) => [
      name,
      `${count}`,
      (count / Number(flags.seconds)).toFixed(1),
      ms(p50),
      ms(p95),
      ms(p99),
      `${errors}`,
    ]),
  );
  console.log(`most memory ${Math.round(peakBytes / 1e6)} MB; Ctrl-C under load ${ms(endMs)}`);
}
