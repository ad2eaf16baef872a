// Circuits: transcoders in place of MLPs, paths and graphs of features.

export type {
  FeatureDetails,
  GraphParams,
  KeptMarks,
  KeptSubgraph,
  NodeText,
  PageGraph,
  PageLink,
  PageNode,
} from '../pages/circuit-page.ts';
export {
  type CircuitMarks,
  NO_MARKS,
  readMarks,
  type Subgraph,
  type Supernode,
} from '../pages/circuits/marks.ts';
export {
  type AttributeOptions,
  type Attribution,
  type AttributionRow,
  attribute,
  type OtherNode,
} from './attribution/attribute.ts';
export { type BlockState, type PromptState, promptState } from './attribution/prompt-state.ts';
export { type PruneOptions, pruneGraph } from './attribution/prune.ts';
export type { BiasSource, Source, SourceBlock, Sources } from './attribution/sources.ts';
export { type Root, rootTargets, type Target } from './attribution/targets.ts';
export { CircuitsConfig, circuitsSchema } from './config.ts';
export type {
  CircuitGraph,
  GraphEdge,
  GraphNode,
  GraphScores,
  HeadInstance,
  NodeKind,
} from './graph/graph.ts';
export {
  type GraphJson,
  type GraphJsonNode,
  type GraphJsonOptions,
  graphJson,
} from './graph/graph-json.ts';
export { type PromptNames, promptNames } from './graph/names.ts';
export {
  applyMarks,
  type GraphFile,
  markText,
  readGraphFile,
  type SavedMarks,
  saveMarks,
  textVersion,
} from './marks/apply-marks.ts';
export {
  type CircuitMethod,
  type CircuitWorld,
  circuitMethod,
  type FoundCircuit,
  type OnTraceProgress,
  type TraceProgress,
} from './method.ts';
export { CIRCUIT_METHODS } from './methods.ts';
export { type CircuitFilesOptions, writeCircuitFiles } from './output/circuit-files.ts';
export {
  type CircuitFolder,
  readCircuitFolder,
  saveCircuitMarks,
} from './output/circuit-folder.ts';
export { type FigureOptions, graphFigure } from './output/figure.ts';
export {
  type CircuitPageOptions,
  type CircuitPageSummary,
  writeCircuitPage,
} from './output/page.ts';
export { graphOfRoots, type RootGraphOptions } from './paths/circuit-graph.ts';
export {
  type Component,
  type ComponentType,
  type FeatureType,
  type FeatureVector,
  featureName,
  type NameOptions,
  type Path,
  pathText,
  printedPaths,
  type Sublayer,
} from './paths/components.ts';
export { type ContributionOptions, topContributions } from './paths/contributions.ts';
export { type ErrorNodeOptions, withErrorNodes } from './paths/error-nodes.ts';
export { parseFilter } from './paths/filter-text.ts';
export {
  type Comparison,
  type Equality,
  type FeatureFilter,
  matches,
  type PathPatterns,
  pathsThatMatch,
} from './paths/filters.ts';
export type { RootPaths } from './paths/graph-nodes.ts';
export { type LayoutOptions, nodeCoordinates } from './paths/layout.ts';
export {
  inputTimesGradientAt,
  type MeanOptions,
  meanInputTimesGradient,
  type PositionMeans,
  type ReadingFeature,
  type TextPosition,
} from './paths/mean-ixg.ts';
export {
  contributionsInGraph,
  graphOfPaths,
  type JoinOptions,
  type PathEdge,
  type PathGraph,
  printedGraph,
  sumOverTokens,
} from './paths/path-graph.ts';
export {
  type PathOptions,
  type TopFeatureOptions,
  topFeaturesOfPaths,
  topPaths,
} from './paths/paths.ts';
export {
  type CircuitPrompt,
  type HeadWeights,
  type LayerCodes,
  openCircuitPrompt,
} from './paths/prompt.ts';
export { coderFeature, logitFeature, placedCoder, vectorFeature } from './paths/starts.ts';
export {
  type CoderRow,
  type CoderTableOptions,
  type MeasuredCoder,
  measureCoders,
} from './replacement/coders.ts';
export { ReplacementConfig, type ReplacementConfigInput } from './replacement/config.ts';
export {
  type ChangeOptions,
  klDivergences,
  measureChanges,
  measureReplacement,
  type ReplacementMeasure,
  type ReplacementRow,
  type ReplacementTable,
  type ReplacementTableOptions,
} from './replacement/measure.ts';
export { type ReplacementSummary, replace } from './replacement/replace.ts';
export { type Replacement, withReplacement } from './replacement/replacement.ts';
export { type TracedCircuit, trace } from './trace.ts';
export {
  openTranscoders,
  type PlacedCoder,
  type Transcoder,
  type TranscoderOptions,
  type TranscoderSet,
} from './transcoders.ts';
export { type OpenCircuitWorld, openCircuitWorld } from './world.ts';
