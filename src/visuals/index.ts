// Visuals: what each latent responds to.

export type { ConceptMatch } from '../pages/feature-page.ts';
export { svgToPng } from '../pages/svg.ts';
export { type Collected, type CollectOptions, collectFeatures } from './collecting/collector.ts';
export {
  createPercentileEstimator,
  type PercentileEstimator,
} from './collecting/percentile-estimator.ts';
export type { TopExample } from './collecting/top-examples.ts';
export {
  type CodedTokens,
  type ConceptOptions,
  type ConceptScore,
  conceptMatches,
  scoreConcepts,
} from './concepts.ts';
export { VisualsConfig, type VisualsConfigInput } from './config.ts';
export {
  type FeatureFile,
  openFeatureFile,
  writeFeatureFile,
} from './feature-file/feature-file.ts';
export { distributionsFigure, frequencyValueFigure } from './figures.ts';
export { addHighlights, type HighlightOptions } from './images/heatmap.ts';
export { type ImagePageOptions, imagePresenter } from './images/image-presenter.ts';
export { type PageOptions, type PageSummary, writePage } from './page/page.ts';
export type { PagePresenter } from './page/presenter.ts';
export { type CircuitRecord, circuitRecord } from './texts/circuit-record.ts';
export {
  type DashboardOptions,
  type DashboardSource,
  type FeatureDashboard,
  featureDashboards,
} from './texts/dashboard.ts';
export { type ExportContext, writeNeuronpediaExport } from './texts/neuronpedia-export.ts';
export { type DashboardContext, writeDashboardBatches } from './texts/saedashboard-json.ts';
export { type VisualsOptions, type VisualsSummary, visualize } from './visualize.ts';
