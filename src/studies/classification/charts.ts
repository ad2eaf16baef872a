// How good heads are by learning rate and weight decay, and what the best one takes for what.
import { drawSvg, FIGURE_STYLE } from '../../visuals/figures.ts';
import type { MeasuredHead } from './measured-head.ts';

/** Weight decays of 0 have a place on a logarithmic axis, as in the original. */
const ZERO_DECAY = 1e-9;

const BEST = 'best on validation';
const OTHERS = 'others';

/** Draw accuracy (rows: training and validation) against learning rate and weight decay (columns) as SVG. */
export async function sweepChart(
  heads: readonly MeasuredHead[],
  best: MeasuredHead,
): Promise<string> {
  const values = heads.map((head) => ({
    learning_rate: head.learningRate,
    weight_decay: head.weightDecay + ZERO_DECAY,
    train_acc: head.train?.accuracy,
    val_acc: head.val.accuracy,
    head: head === best ? BEST : OTHERS,
  }));
  const titles = { learning_rate: 'learning rate', weight_decay: 'weight decay' };
  const measures = { train_acc: 'training accuracy', val_acc: 'validation accuracy' };
  const panel = (x: keyof typeof titles, y: keyof typeof measures) => ({
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
        field: y,
        type: 'quantitative' as const,
        scale: { zero: false },
        axis: { title: measures[y], format: '.3~f', tickCount: 5 },
      },
      color: {
        field: 'head',
        type: 'nominal' as const,
        scale: { domain: [BEST, OTHERS], range: ['#ca6702', '#005f73'] },
        legend: { title: null, orient: 'top' as const },
      },
    },
  });
  const rows = (['train_acc', 'val_acc'] as const).filter(
    (y) => y === 'val_acc' || heads.some(({ train }) => train !== undefined),
  );
  return drawSvg({
    data: { values },
    vconcat: rows.map((y) => ({
      hconcat: (['learning_rate', 'weight_decay'] as const).map((x) => panel(x, y)),
    })),
    config: FIGURE_STYLE,
  });
}

/** More classes than this are drawn without their names. */
const MOST_NAMED = 60;

/** Draw a confusion matrix, `[classes, classes]` of counts, as shares of each true class (rows). */
export async function confusionChart(
  confusion: Float64Array,
  classes: readonly string[],
): Promise<string> {
  const n = classes.length;
  const values = Array.from(confusion, (count, at) => {
    const row = Math.floor(at / n);
    const total = confusion.subarray(row * n, (row + 1) * n).reduce((sum, c) => sum + c, 0);
    return { truth: row, guess: at % n, share: total === 0 ? 0 : count / total, count };
  }).filter(({ share }) => share > 0);
  const side = Math.max(4, Math.min(24, Math.floor(900 / n)));
  const axis = {
    labelExpr: `${JSON.stringify(classes)}[datum.value]`,
    labels: n <= MOST_NAMED,
    ticks: n <= MOST_NAMED,
    labelLimit: 160,
  };
  const numbers = classes.map((_, i) => i);
  const scale = { domain: numbers };
  return drawSvg({
    data: { values },
    width: side * n,
    height: side * n,
    mark: { type: 'rect' },
    encoding: {
      x: {
        field: 'guess',
        type: 'ordinal',
        scale,
        axis: { ...axis, title: 'taken for', labelAngle: -90 },
      },
      y: { field: 'truth', type: 'ordinal', scale, axis: { ...axis, title: 'true class' } },
      color: {
        field: 'share',
        type: 'quantitative',
        scale: { domain: [0, 1], range: ['#eef3f1', '#005f73'] },
        legend: { title: 'share of the class', format: '.0%' },
      },
    },
    config: FIGURE_STYLE,
  });
}
