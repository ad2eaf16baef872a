// SAEs against transcoders, after the sweep of transcoder-circuits: how sparse each coder is (L0) and what the model loses
// with it in place of an MLP's output (cross-entropy, KL); a table, and a figure with a line for each kind.
//
//   npx tsx examples/sweep.ts runs/* --out sweep.svg
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { ReplacementConfig, replace } from 'saev';
import type { CoderRow } from 'saev/circuits';

const { values: options, positionals: coders } = parseArgs({
  allowPositionals: true,
  options: {
    contexts: { type: 'string', default: '20' },
    size: { type: 'string', default: '60' },
    out: { type: 'string', default: 'sweep.svg' },
  },
});
const config = ReplacementConfig.parse({
  coders,
  texts: { type: 'text-world', seed: 1 },
  nContexts: Number(options.contexts),
  contextSize: Number(options.size),
});
const { clean, coders: measured = [] } = await replace(config);
const rows = measured.toSorted((a, b) => a.l0 - b.l0);

console.log(`loss ${clean.toFixed(4)} of the model as it is`);
console.log('kind             L0      loss    zeroed        KL');
for (const { kind, l0, replaced, zeroed } of rows)
  console.log(
    `${kind.padEnd(11)} ${l0.toFixed(1).padStart(7)}  ${replaced.loss.toFixed(4)}    ${zeroed.loss.toFixed(4)}  ${replaced.divergence.toFixed(5).padStart(8)}`,
  );

/** L0 to the right on a scale of logarithms, loss upwards. */
function figure(rows: readonly CoderRow[]): string {
  const [width, height, margin] = [560, 360, 56];
  const losses = [clean, ...rows.map(({ replaced }) => replaced.loss)];
  const sizes = rows.map(({ l0 }) => Math.log(l0));
  const scale = (values: readonly number[], from: number, to: number) => (value: number) => {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return from + ((value - low) / (high - low || 1)) * (to - from);
  };
  const x = scale(sizes, margin, width - margin);
  const y = scale(losses, height - margin, margin);
  const lines = (['SAE', 'transcoder'] as const).map((kind) => {
    const colour = kind === 'SAE' ? '#c4572d' : '#2a7f9e';
    const points = rows
      .filter((row) => row.kind === kind)
      .map(({ l0, replaced }) => [x(Math.log(l0)), y(replaced.loss), l0, replaced.loss] as const);
    const dots = points.map(
      ([px, py, l0, loss]) =>
        `<circle cx="${px}" cy="${py}" r="4"><title>L0 ${l0.toFixed(1)}, loss ${loss.toFixed(4)}</title></circle>`,
    );
    const label = points.at(-1);
    const name =
      label && `<text x="${label[0] - 4}" y="${label[1] - 10}" text-anchor="end">${kind}</text>`;
    const path = `<polyline fill="none" stroke-width="2" points="${points.map(([px, py]) => `${px},${py}`).join(' ')}"/>`;
    return `<g fill="${colour}" stroke="${colour}">${path}${dots.join('')}<g stroke="none">${name ?? ''}</g></g>`;
  });
  const ticks = rows.map(
    ({ l0 }) =>
      `<text x="${x(Math.log(l0))}" y="${height - margin + 20}" text-anchor="middle">${l0.toFixed(0)}</text>`,
  );
  const levels = [clean, Math.max(...losses)].map(
    (loss) =>
      `<text x="${margin - 8}" y="${y(loss) + 4}" text-anchor="end">${loss.toFixed(2)}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12"><rect width="${width}" height="${height}" fill="#fff"/><line x1="${margin}" x2="${width - margin}" y1="${y(clean)}" y2="${y(clean)}" stroke="#999" stroke-dasharray="4 3"/><text x="${width - margin}" y="${y(clean) - 6}" text-anchor="end" fill="#666">the model as it is</text>${levels.join('')}${ticks.join('')}<text x="${width / 2}" y="${height - 12}" text-anchor="middle">features that fire (L0)</text><text x="${margin}" y="${margin - 24}" text-anchor="middle">loss</text>${lines.join('')}</svg>\n`;
}

await writeFile(options.out, figure(rows));
console.log(options.out);
