// What the benchmarks share: the peak memory of a process, runs in processes of their own, and a table.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** Wall and CPU milliseconds of each of several calls. */
export interface Times {
  readonly times: readonly number[];
  readonly cpuTimes: readonly number[];
}

/** What a run in a process of its own prints, as one line of JSON. */
export interface Measured extends Times {
  /** What ran, with its version and number of threads. */
  readonly name: string;
  /** Most memory the process ever held, in bytes. */
  readonly peakBytes: number;
}

/** A program and its arguments. */
export type Command = readonly [program: string, ...args: string[]];

/** Several runs of one thing, put together: medians of times, the largest memory. */
export interface Result {
  readonly ms: number;
  readonly cpuMs: number;
  readonly peakBytes: number;
}

export function median(list: readonly number[]): number {
  const sorted = [...list].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Most bytes of memory this program ever held. */
export function peakMemory(): number {
  try {
    // Unlike getrusage's, this peak starts at 0 in a new program.
    const peak = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
    if (peak !== null) return Number(peak[1]) * 1024;
  } catch {
    // Not Linux.
  }
  return process.resourceUsage().maxRSS * 1024;
}

/** Call `work` once to warm up, then `n` times. CPU time is that of all threads. */
export async function timed(work: () => Promise<void>, n: number): Promise<Times> {
  await work();
  const times: number[] = [];
  const cpuTimes: number[] = [];
  for (let i = 0; i < n; i++) {
    const [start, before] = [performance.now(), process.cpuUsage()];
    await work();
    times.push(performance.now() - start);
    const { user, system } = process.cpuUsage(before);
    cpuTimes.push((user + system) / 1000);
  }
  return { times, cpuTimes };
}

/** Command that runs a TypeScript file of this folder as this process is run. */
export function typescript(file: string, ...args: string[]): Command {
  const path = fileURLToPath(new URL(file, import.meta.url));
  return [process.execPath, ...process.execArgv, path, ...args];
}

/** Command that runs a Python file of this folder. */
export function python(program: string, file: string, ...args: string[]): Command {
  return [program, fileURLToPath(new URL(file, import.meta.url)), ...args];
}

/** Run a program that prints one line of JSON; its errors go to the terminal. */
export async function runJson<T>([program, ...args]: Command): Promise<T> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const output = await text(child.stdout);
  const code = await ended;
  if (code !== 0) throw new Error(`${program} ${args.join(' ')}: exit code ${code}`);
  return JSON.parse(output) as T;
}

/** Run the commands in turn, `rounds` times over, so that a change of the machine's mood meets all of them. */
export async function alternate<T extends Measured>(
  commands: readonly Command[],
  rounds: number,
): Promise<(Result & { last: T })[]> {
  const runs: T[][] = commands.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, command] of commands.entries()) runs[i]!.push(await runJson<T>(command));
  }
  return runs.map((list) => ({
    ms: median(list.flatMap(({ times }) => times)),
    cpuMs: median(list.flatMap(({ cpuTimes }) => cpuTimes)),
    peakBytes: Math.max(...list.map(({ peakBytes }) => peakBytes)),
    last: list.at(-1)!,
  }));
}

/** Print rows of cells in columns, numbers to the right. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i]!.length)));
  for (const row of [head, ...rows]) {
    console.log(row.map((cell, i) => cell.padStart(widths[i]!)).join('  '));
  }
}
