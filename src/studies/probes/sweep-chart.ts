// How good the heads of a sweep are, by learning rate and weight decay.
import { drawSvg, FIGURE_STYLE } from '../../visuals/figures.ts';

/** Weight decays of 0 have a place on a logarithmic axis, as in the original. */
const ZERO_DECAY = 1e-9;

const OTHERS = 'others';

/** The rates that a head was trained with. */
interface SweptHead {
  readonly learningRate: number;
  readonly weightDecay: number;
}

/** What is drawn of heads, a row of panels for each. */
interface SweepMeasure<Head> {
  readonly title: string;
  /** Undefined where a head was not measured so. */
  readonly of: (head: Head) => number | undefined;
}

/**
 * Draw measures (rows) against learning rate and weight decay (columns) as SVG. One head stands out, as `best`; measures
 * that no head has are left out.
 */
export async function sweepChart<Head extends SweptHead>(
  heads: readonly Head[],
  {
    best,
    bestBy,
    measures,
  }: { best: Head; bestBy: string; measures: readonly SweepMeasure<Head>[] },
): Promise<string> {
  const values = heads.map((head) => ({
    learning_rate: head.learningRate,
    weight_decay: head.weightDecay + ZERO_DECAY,
    head: head === best ? bestBy : OTHERS,
    ...Object.fromEntries(measures.map(({ of }, i) => [`m${i}`, of(head)])),
  }));
  const titles = { learning_rate: 'learning rate', weight_decay: 'weight decay' };
  const panel = (x: keyof typeof titles, y: number) => ({
    width: 240,
    height: 170,
    mark: { type: 'point' as const, filled: true, size: 60, opacity: 0.85 },
    encoding: {
      x: {
        field: x,
        type: 'quantitative' as const,
        scale: { type: 'log' as const, nice: false, padding: 16 },
        axis: { title: titles[x], format: '.1~e', values: [...new Set(values.map((v) => v[x]))] },
      },
      y: {
        field: `m${y}`,
        type: 'quantitative' as const,
        scale: { zero: false },
        axis: { title: measures[y]!.title, format: '.4~', tickCount: 5 },
      },
      color: {
        field: 'head',
        type: 'nominal' as const,
        scale: { domain: [bestBy, OTHERS], range: ['#ca6702', '#005f73'] },
        legend: { title: null, orient: 'top' as const },
      },
    },
  });
  const rows = [...measures.keys()].filter((y) =>
    heads.some((head) => measures[y]!.of(head) !== undefined),
  );
  return drawSvg({
    data: { values },
    vconcat: rows.map((y) => ({
      hconcat: (['learning_rate', 'weight_decay'] as const).map((x) => panel(x, y)),
    })),
    config: FIGURE_STYLE,
  });
}
