import { formatShare, formatValue } from '../../shared/format.ts';
import { showToken } from '../../shared/tokens.ts';
import type { ChangeCircuit, CircuitState, Tab } from '../circuit-state.ts';
import { type CircuitGraph, type CircuitNode, KIND_NAMES } from '../graph.ts';
import { PromptTokens } from '../prompt-tokens.tsx';
import { ShapeIcon } from '../shape.tsx';
import { FeatureDashboard } from './feature-dashboard.tsx';
import { InputTable } from './input-table.tsx';
import { NodeButton } from './node-button.tsx';
import { OutputTable } from './output-table.tsx';

/** One node: what it is, what leads to it, what it leads to, and what its feature responds to. */
export function NodePanel(props: {
  graph: CircuitGraph;
  node: CircuitNode;
  state: CircuitState;
  change: ChangeCircuit;
  /** Keys of the features whose dashboard is in the page. */
  features: ReadonlySet<string>;
  /** Address of the page of the feature, where the graph names one. */
  dashboard: string | undefined;
  onHover: (node: CircuitNode | undefined) => void;
  onPin: () => void;
}) {
  const { graph, node, state, change, features, onHover } = props;
  const hasFeature = node.featureKey !== undefined;
  const tab: Tab = state.tab === 'feature' && !hasFeature ? 'inputs' : state.tab;
  const isPinned = state.pins.includes(node.id);
  const open = (next: CircuitNode): void => change({ node: next.id });
  const tabs: [tab: Tab, name: string][] = [
    ['inputs', `Inputs ${node.inputs.length}`],
    ['outputs', `Outputs ${node.outputs.length}`],
    ...(hasFeature ? [['feature', 'Feature'] as [Tab, string]] : []),
  ];
  return (
    <>
      <div className="node-head">
        <p className="node-kind">
          <ShapeIcon kind={node.kind} /> {KIND_NAMES[node.kind]}
        </p>
        <button
          type="button"
          aria-pressed={isPinned}
          title="Keep in sight (p)"
          onClick={props.onPin}
        >
          {isPinned ? 'Pinned' : 'Pin'}
        </button>
        <button
          type="button"
          className="close"
          aria-label="Close the node"
          title="Close (Esc)"
          onClick={() => change({ node: undefined })}
        >
          ×
        </button>
        <h2>{node.label}</h2>
      </div>
      <NodeFacts graph={graph} node={node} onOpen={open} onHover={onHover} />
      <fieldset className="segments tabs" aria-label="What to show of the node">
        {tabs.map(([name, text]) => (
          <button
            key={name}
            type="button"
            aria-pressed={tab === name}
            onClick={() => change({ tab: name })}
          >
            {text}
          </button>
        ))}
      </fieldset>
      {tab === 'inputs' && (
        <InputTable key={node.n} graph={graph} node={node} onOpen={open} onHover={onHover} />
      )}
      {tab === 'outputs' && (
        <OutputTable key={node.n} graph={graph} node={node} onOpen={open} onHover={onHover} />
      )}
      {tab === 'feature' && (
        <FeatureDashboard
          key={node.featureKey}
          featureKey={node.featureKey!}
          isKnown={features.has(node.featureKey!)}
          address={props.dashboard}
        />
      )}
    </>
  );
}

function NodeFacts(props: {
  graph: CircuitGraph;
  node: CircuitNode;
  onOpen: (node: CircuitNode) => void;
  onHover: (node: CircuitNode | undefined) => void;
}) {
  const { graph, node, onOpen, onHover } = props;
  const { data, head, position } = node;
  const at = (place: number): string => `${place} “${showToken(graph.tokens[place] ?? '')}”`;
  const served = data.serves === undefined ? undefined : graph.byId.get(data.serves);
  const facts: [string, string | undefined][] = [
    ['Token', head === undefined && position !== undefined ? at(position) : undefined],
    ['Reads from', head && at(head.source)],
    ['Writes to', head && at(head.destination)],
    ['Head', head && `layer ${head.layer}, head ${head.head}`],
    ['Layer', head === undefined && node.layer !== undefined ? String(node.layer) : undefined],
    ['Activation', data.activation == null ? undefined : formatValue(data.activation)],
    [
      'Pre-activation',
      data.preActivation === undefined ? undefined : formatValue(data.preActivation),
    ],
    ['Probability', data.token_prob ? formatShare(data.token_prob) : undefined],
    [
      'Influence rank',
      node.influence === undefined ? undefined : `within the first ${formatShare(node.influence)}`,
    ],
  ];
  const marks = new Map<number, 'here' | 'source' | 'destination'>();
  if (head !== undefined) marks.set(head.source, 'source').set(head.destination, 'destination');
  else if (position !== undefined) marks.set(position, 'here');
  return (
    <>
      {head !== undefined && marks.size > 0 && <PromptTokens tokens={graph.tokens} marks={marks} />}
      <dl className="node-facts">
        {facts
          .filter(([, text]) => text !== undefined)
          .map(([name, text]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{text}</dd>
            </div>
          ))}
        {served !== undefined && (
          <div>
            <dt>In the direction of</dt>
            <dd>
              <NodeButton graph={graph} node={served} onOpen={onOpen} onHover={onHover} />
            </dd>
          </div>
        )}
      </dl>
    </>
  );
}
