// How good heads are, by learning rate and weight decay.
import { drawSvg, FIGURE_STYLE } from '../../visuals/figures.ts';
import type { SegmentationMeasure } from './head-measures.ts';

/** Weight decays of 0 have a place on a logarithmic axis, as in the original. */
const ZERO_DECAY = 1e-9;

/**
 * Draw pixel accuracy and mean IoU (rows) against learning rate and weight decay (columns) as SVG; `best` stands out.
 */
export async function sweepChart(
  heads: readonly SegmentationMeasure[],
  best: SegmentationMeasure,
): Promise<string> {
  const values = heads.map((head) => ({
    learning_rate: head.learningRate,
    weight_decay: head.weightDecay + ZERO_DECAY,
    acc: 100 * head.all.accuracy,
    mean_iou: head.all.meanIou,
    head: head === best ? 'best by mean IoU' : 'others',
  }));
  const titles = { learning_rate: 'learning rate', weight_decay: 'weight decay' };
  const measures = { acc: 'pixel accuracy, %', mean_iou: 'mean IoU' };
  const panel = (x: keyof typeof titles, y: keyof typeof measures) => ({
    width: 240,
    height: 170,
    mark: { type: 'point' as const, filled: true, size: 60, opacity: 0.85 },
    encoding: {
      x: {
        field: x,
        type: 'quantitative' as const,
        scale: { type: 'log' as const },
        axis: { title: titles[x], format: '.0e', tickCount: 5 },
      },
      y: {
        field: y,
        type: 'quantitative' as const,
        scale: { zero: false },
        axis: { title: measures[y], tickCount: 5 },
      },
      color: {
        field: 'head',
        type: 'nominal' as const,
        scale: { domain: ['best by mean IoU', 'others'], range: ['#ca6702', '#005f73'] },
        legend: { title: null, orient: 'top' as const },
      },
    },
  });
  return drawSvg({
    data: { values },
    vconcat: (['acc', 'mean_iou'] as const).map((y) => ({
      hconcat: (['learning_rate', 'weight_decay'] as const).map((x) => panel(x, y)),
    })),
    config: FIGURE_STYLE,
  });
}
