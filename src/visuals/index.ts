// Visuals: what each latent responds to.

export type {
  ConceptMatch,
  FeatureColumns,
  ImageChunk,
  ImageFeature,
  ImageFiles,
  ImagePageIndex,
  NearestFeatures,
  OtherLatents,
  PageChunk,
  PageExample,
  TextChunk,
  TextExample,
  TextFacts,
  TextFeature,
  TextGroup,
  TextPageIndex,
  TokenTable,
  Weighted,
  WordLists,
} from '../pages/feature-page.ts';
export type {
  Change,
  FeatureMark,
  MarkChange,
  Marks,
  MarksAnswer,
} from '../pages/marks.ts';
export { svgToPng } from '../pages/svg.ts';
export type { BandOptions, BandSample, BandSamples, ValueBand } from './collecting/band-samples.ts';
export type { CodeSample, Correlated } from './collecting/code-sample.ts';
export { type Collected, type CollectOptions, collectFeatures } from './collecting/collector.ts';
export type { Distributions } from './collecting/distributions.ts';
export type { LogSketches } from './collecting/log-sketch.ts';
export {
  createPercentileEstimator,
  type PercentileEstimator,
} from './collecting/percentile-estimator.ts';
export type { TokenMap } from './collecting/token-maps.ts';
export type { TopExample, TopExamples } from './collecting/top-examples.ts';
export { VisualsConfig, type VisualsConfigInput } from './config.ts';
export type { CountedBand, ValueHistogram } from './feature-file/band-tensors.ts';
export {
  type FeatureFile,
  type FeatureMeta,
  openFeatureFile,
  writeFeatureFile,
} from './feature-file/feature-file.ts';
export { distributionsFigure, frequencyValueFigure } from './figures.ts';
export { addHighlights, type HighlightOptions } from './images/heatmap.ts';
export { type ImagePageOptions, imagePresenter } from './images/image-presenter.ts';
export type { FeatureMap } from './map/feature-map.ts';
export type { KeyedMap, Relations } from './map/relations.ts';
export { readMarks, writeMarks } from './marks/marks-file.ts';
export type { FeatureLabel } from './page/feature-columns.ts';
export { type PageOptions, type PageSummary, writePage } from './page/page.ts';
export type { PagePresenter } from './page/presenter.ts';
export { type CircuitRecord, circuitRecord } from './texts/circuit-record.ts';
export type { ExampleGroup, TokenExample } from './texts/dashboard.ts';
export {
  type DashboardOptions,
  type DashboardSource,
  type FeatureDashboard,
  featureDashboards,
} from './texts/dashboard.ts';
export { type ExportContext, writeNeuronpediaExport } from './texts/neuronpedia-export.ts';
export { type DashboardContext, writeDashboardBatches } from './texts/saedashboard-json.ts';
export { type VisualsOptions, type VisualsSummary, visualize } from './visualize.ts';
