// `node remembering-saev.mjs PROGRAM ARGS…`: saev for a walk through several pages in one folder. A page that trains what
// an earlier one trained, on the same data and up to the name, gets a copy of that run, as of now.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const MEMORY = '.remembered.json';
const [program, ...args] = process.argv.slice(2);

/** Take a flag and its value out of `words`. */
function take(words, flag) {
  const at = words.indexOf(flag);
  return at < 0 ? undefined : words.splice(at, 2)[1];
}

function namesIn(folder) {
  return folder !== undefined && existsSync(folder) ? readdirSync(folder).sort() : [];
}

function runProgram() {
  const { status, signal } = spawnSync(process.execPath, [program, ...args], { stdio: 'inherit' });
  if (signal !== null) process.stderr.write(`saev ended by ${signal}\n`);
  if (status !== 0) process.exit(status ?? 1);
}

/** Copy a run as the newest of `runRoot`. */
function copyRun(from, runRoot) {
  const now = new Date().toISOString();
  const id = `${timeId(now)}-${from.id.split('-').at(-1)}`;
  const to = join(runRoot, id);
  mkdirSync(runRoot, { recursive: true });
  cpSync(from.path, to, { recursive: true });
  change(join(to, 'run.json'), { id, started: now, finished: now });
  change(join(to, 'config.json'), { runRoot });
  const header = join(to, 'checkpoint/cfg.json');
  writeFileSync(header, readFileSync(header, 'utf8').replaceAll(from.id, id));
}

function change(file, fields) {
  const json = { ...JSON.parse(readFileSync(file, 'utf8')), ...fields };
  writeFileSync(file, JSON.stringify(json, undefined, 2));
}

/** A time as the names of runs say it: `20261126-202739`. */
function timeId(time) {
  return time.replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
}

if (args[0] === 'train') {
  const rest = args.filter((word) => word !== '--quiet');
  const runRoot = take(rest, '--run-root') ?? 'runs';
  take(rest, '--tag');
  const shards = namesIn(take([...rest], '--data.shard-root'));
  const key = JSON.stringify({ rest, shards });
  const memory = existsSync(MEMORY) ? JSON.parse(readFileSync(MEMORY, 'utf8')) : {};
  if (memory[key] !== undefined) copyRun(memory[key], runRoot);
  else {
    const before = namesIn(runRoot);
    runProgram();
    const [id, ...more] = namesIn(runRoot).filter((name) => !before.includes(name));
    if (id !== undefined && more.length === 0) {
      memory[key] = { id, path: join(runRoot, id) };
      writeFileSync(MEMORY, JSON.stringify(memory));
    }
  }
} else runProgram();
