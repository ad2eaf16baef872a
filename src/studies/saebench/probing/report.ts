// Accuracies of sparse probing under the names of its results.
import { type SparseProbingDetail, SparseProbingMetrics } from '../results/schemas.ts';
import type { TaskAccuracies } from './probe-classes.ts';

/** `eval_result_metrics`: means over tasks of means over classes. */
export function probingMetrics(tasks: readonly TaskAccuracies[]): SparseProbingMetrics {
  const means = tasks.map(meanAccuracies);
  const names = Object.keys(means[0] ?? {});
  const all = Object.fromEntries(
    names.map((name) => [name, means.reduce((sum, each) => sum + each[name]!, 0) / means.length]),
  );
  return withNulls(SparseProbingMetrics.parse({ llm: all, sae: all }));
}

/** An entry of `eval_result_details`. */
export function probingDetail(name: string, accuracies: TaskAccuracies): SparseProbingDetail {
  const { llm, sae } = probingMetrics([accuracies]);
  return { dataset_name: `${name}_results`, ...llm, ...sae };
}

function meanAccuracies(accuracies: TaskAccuracies): Record<string, number> {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  return Object.fromEntries(
    Object.entries(accuracies).map(([name, of]) => [name, mean(Object.values(of))]),
  );
}

/** What was not probed is null in SAEBench's files. */
function withNulls(metrics: SparseProbingMetrics): SparseProbingMetrics {
  const filled = <Part extends object>(part: Part, shape: object): Part => ({
    ...Object.fromEntries(Object.keys(shape).map((name) => [name, null])),
    ...part,
  });
  return {
    llm: filled(metrics.llm, SparseProbingMetrics.shape.llm.shape),
    sae: filled(metrics.sae, SparseProbingMetrics.shape.sae.shape),
  };
}
