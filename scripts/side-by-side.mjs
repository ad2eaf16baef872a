// `node scripts/side-by-side.mjs NAME…`: runs scripts of package.json at once, and shows what each printed when it has
// ended. All of them run to their end; one that failed fails the whole.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

async function run(name) {
  const child = spawn('npm', ['run', '--silent', name], { stdio: ['ignore', 'pipe', 'pipe'] });
  const printed = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (piece) => printed.push(piece));
  const started = performance.now();
  const [code] = await once(child, 'close');
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  const ending = code === 0 ? 'done' : `failed (${code})`;
  process.stdout.write(`> ${name}: ${ending} in ${seconds} s\n${Buffer.concat(printed)}`);
  return code === 0;
}

const names = process.argv.slice(2);
const done = await Promise.all(names.map(run));
process.exitCode = done.every(Boolean) ? 0 : 1;
