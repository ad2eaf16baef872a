// A coder on threads that share its memory: sparse rows where codes are sparse, blocked dense products while they are not.
import { UserError } from '../../../base/errors.ts';
import type { CoderOptions, DeviceCoder, Kernels, Selection } from '../types.ts';
import { updateByAdam, type WaitingGradients } from './adam.ts';
import { mostOf, openCoderMemory } from './coder-memory.ts';
import { type GateSums, gateSumsOf, prepareGates } from './gates.ts';
import { denseGradients, sparseGradients } from './gradients.ts';
import { cpuInference } from './inference.ts';
import { SKIP_ROWS } from './memory/block-sizes.ts';
import { DENSE_SHARE } from './memory/layout.ts';
import { finishPenalties, liftLatents, listLifted, penaltiesOfPass } from './penalties.ts';
import { screeningOf } from './screening.ts';
import type { Explaining, Pass } from './tasks/pass.ts';
import { lossTerms } from './terms.ts';
import type { ThreadPool } from './threads/thread-pool.ts';

/** Rows encoded first to see how dense the codes are, when nothing is known. */
const PROBE_ROWS = 64;

const noGates: GateSums = { open: 0, gateError: 0, gateL1: 0 };

/** How far the smallest of the largest of a batch may fall from one step to the next, before a batch is encoded twice. */
const GUESS = 0.9;

/** Give the kernels that work on a pool of threads, which closes with them. */
export function kernelsOn(pool: ThreadPool, products?: 'dense' | 'sparse'): Kernels {
  return {
    name: `cpu (${pool.threads} threads, ${pool.products}${pool.screens === true ? ', screening by oneDNN' : ''})`,
    createCoder: (coder) => createCpuCoder(pool, coder, products),
    close: () => pool.close(),
  };
}

async function createCpuCoder(
  pool: ThreadPool,
  options: CoderOptions,
  forced: 'dense' | 'sparse' | undefined,
): Promise<DeviceCoder> {
  const memory = await openCoderMemory(pool, options);
  const { layout, engine, tensors, ints } = memory;
  const { at } = layout;
  const { dOut, dSae } = layout.shape;
  const terms = lossTerms(memory);
  /** Share of entries that were active in the last step, by which the next one chooses its products; NaN: unknown. */
  let density = Number.NaN;
  /**
   * A number that the smallest of the largest of a coming batch will hardly be below. Right or wrong, codes are the same, but
   * for rounding where entries are screened.
   */
  let guess = Number.NEGATIVE_INFINITY;
  const screening = screeningOf(memory);
  let waiting: WaitingGradients | undefined;
  let last: { readonly rows: number; readonly pass: Pass } | undefined;
  let closed = false;

  const isDense = async (rows: number, select: Selection): Promise<boolean> => {
    if (select.kind !== 'threshold') return false;
    if (forced !== undefined) return forced === 'dense';
    if (Number.isNaN(density)) {
      const probe = Math.min(PROBE_ROWS, rows);
      if (!(await memory.encode(probe, select))) return true;
      density = memory.entries() / (probe * dSae);
    }
    return density > DENSE_SHARE;
  };

  /** Find the codes of the rows that are in place: false where they do not fit; what is the smallest of them. */
  const encode = async (
    rows: number,
    select: Selection,
    explaining: Explaining | undefined,
  ): Promise<{ smallest: number } | false> => {
    const most = mostOf(select, rows);
    const screens = screening.wanted(select, density, guess);
    const found = await memory.encode(rows, select, { guess, explaining, screens });
    if (screens) screening.see(rows);
    else screening.rest();
    if (select.kind !== 'batchtopk') return found && { smallest: Number.NaN };
    let fits = found;
    // Too high a guess may have left out some of the largest.
    if (fits && memory.entries() < most && guess > Number.NEGATIVE_INFINITY)
      fits = await memory.encode(rows, select, { explaining });
    if (!fits) return false;
    const { limit, smallest } = memory.keepLargest(rows, most);
    guess = limit > 0 ? limit * GUESS : Number.NEGATIVE_INFINITY;
    return { smallest };
  };

  return {
    shape: layout.shape,
    read: async (name) => tensors.read(name),
    async write(name, values) {
      tensors.write(name, values);
      if (name === 'wEnc') memory.encoderChanged();
    },
    saveState: async () => ({
      density: Number.isNaN(density) ? null : density,
      ...(layout.screens && guess > 0 ? { guess } : {}),
      ...screening.save(),
    }),
    async loadState(state) {
      density = typeof state.density === 'number' ? state.density : Number.NaN;
      guess = typeof state.guess === 'number' ? state.guess : Number.NEGATIVE_INFINITY;
      screening.load(state);
    },
    async normalizeDecoder() {
      engine.wasm.unitRows(at.wDec, dSae, layout.bytesOut);
    },
    ...cpuInference(memory),
    errors: async () =>
      last === undefined ? new Float32Array(0) : memory.errors(last.rows, last.pass),
    fired: async () => Uint32Array.from(ints.subarray(at.fired / 4, at.fired / 4 + dSae)),

    async step(x, target, { select, prefixes, ...more }) {
      const rows = memory.loadInputs(x);
      if (prefixes.length > layout.maxPrefixes || prefixes.at(-1) !== dSae) {
        throw new Error(`coder: invalid prefixes ${prefixes.join(', ')}`);
      }
      const gates = await prepareGates(memory, { select, prefixes, ...more }, rows);
      const normsOf = memory.loadTargets(target, rows);
      const pass: Pass = {
        ...gates,
        prefixes,
        scale: (2 * (more.prefixWeight ?? 1 / prefixes.length)) / (rows * dOut),
        ...penaltiesOfPass({ select, ...more }, rows),
        width: select.kind === 'threshold' ? select.width : 0,
        backward: true,
        target: await memory.skipTargets(normsOf, rows),
        normsOf,
        threshold: at.threshold,
        errorByNorm: more.errorByNorm === true,
        ...(more.aux === undefined ? {} : { explaining: memory.list(more.aux, rows) }),
        ...(more.ghostAim === 'input' ? { ghostsOf: at.x } : {}),
      };
      listLifted(memory, more.preAct);
      let dense = await isDense(rows, select);
      const found = !dense && (await encode(rows, select, pass.explaining));
      dense = found === false;
      if (dense && select.kind !== 'threshold') {
        throw new UserError(
          `unsupported size: the ${select.k} largest of ${rows} rows do not fit`,
          { hint: 'use a smaller batch size' },
        );
      }
      last = { rows, pass };
      const entries = dense ? 0 : memory.entries();
      const sums = await (dense ? denseGradients : sparseGradients)(memory, rows, pass);
      const { open, ...ofGates } = memory.layout.gated ? gateSumsOf(engine, rows, dense) : noGates;
      density = (dense ? Math.max(sums.l0, open) : entries) / (rows * dSae);
      const { ghosts, aux, connection = 0 } = more;
      const penalties = finishPenalties(memory, pass, dense);
      const extra = await terms.add(rows, pass, { ghosts, aux, connection });
      const preAct = liftLatents(memory, pass, dense);
      if (more.preAct !== undefined) terms.mark(more.preAct.latents);
      if (layout.skip) {
        const blocks = Math.ceil(dOut / SKIP_ROWS);
        const byGates = gates.gates?.trainsDecoder === true;
        await memory.run({ task: 'skipGradient', blocks, rows, byGates });
      }
      waiting = {
        pass: penalties.pass,
        sources: {
          columns: !dense,
          aux: aux !== undefined,
          marked: [ghosts, aux, more.preAct].some((term) => term !== undefined),
          inOtherBlocks:
            dense || connection !== 0 || [ghosts, more.preAct].some((term) => term !== undefined),
          all: dense || connection !== 0,
        },
      };
      const { smallest } = found === false ? { smallest: Number.NaN } : found;
      const { loss: penalty, powers } = penalties;
      return { ...sums, ...extra, ...ofGates, penalty, powers, preAct, smallest };
    },

    async update(adam) {
      if (waiting === undefined) throw new Error('coder: update without a step');
      await updateByAdam(memory, waiting, adam);
      memory.encoderChanged();
      waiting = undefined;
    },

    close() {
      if (closed) return;
      closed = true;
      void memory.detach();
    },
  };
}
