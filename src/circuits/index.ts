// Circuits: transcoders in place of MLPs, paths and graphs of features.

export { type AttributeOptions, attribute } from './attribution/attribute.ts';
export { type PromptState, promptState } from './attribution/prompt-state.ts';
export { type PruneOptions, pruneGraph } from './attribution/prune.ts';
export { type Root, rootTargets } from './attribution/targets.ts';
export { CircuitsConfig, circuitsSchema } from './config.ts';
export type { CircuitGraph, GraphEdge, GraphNode } from './graph/graph.ts';
export { type GraphJson, graphJson } from './graph/graph-json.ts';
export { type PromptNames, promptNames } from './graph/names.ts';
export {
  type CircuitMethod,
  type CircuitWorld,
  circuitMethod,
  type FoundCircuit,
} from './method.ts';
export { CIRCUIT_METHODS } from './methods.ts';
export { graphFigure } from './output/figure.ts';
export { writeCircuitPage } from './output/page.ts';
export { type FeatureVector, type Path, printedPaths } from './paths/components.ts';
export { withErrorNodes } from './paths/error-nodes.ts';
export { type FeatureFilter, pathsThatMatch } from './paths/filters.ts';
export { type LayoutOptions, nodeCoordinates } from './paths/layout.ts';
export {
  inputTimesGradientAt,
  meanInputTimesGradient,
  type PositionMeans,
  type TextPosition,
} from './paths/mean-ixg.ts';
export {
  contributionsInGraph,
  graphOfPaths,
  type PathGraph,
  sumOverTokens,
} from './paths/path-graph.ts';
export {
  type PathOptions,
  type TopFeatureOptions,
  topFeaturesOfPaths,
  topPaths,
} from './paths/paths.ts';
export { type CircuitPrompt, openCircuitPrompt } from './paths/prompt.ts';
export { coderFeature, logitFeature, placedCoder } from './paths/starts.ts';
export { ReplacementConfig, type ReplacementConfigInput } from './replacement/config.ts';
export { klDivergences, measureReplacement } from './replacement/measure.ts';
export { type ReplacementSummary, replace } from './replacement/replace.ts';
export { type Replacement, withReplacement } from './replacement/replacement.ts';
export { type TracedCircuit, trace } from './trace.ts';
export {
  openTranscoders,
  type Transcoder,
  type TranscoderOptions,
  type TranscoderSet,
} from './transcoders.ts';
export { type OpenCircuitWorld, openCircuitWorld } from './world.ts';
