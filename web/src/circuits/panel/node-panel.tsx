import { Segments } from '../../shared/controls/segments.tsx';
import { formatShare, formatValue } from '../../shared/format.ts';
import { useKeyHint } from '../../shared/shortcuts.ts';
import { showToken } from '../../shared/tokens.ts';
import type { ChangeCircuit, CircuitState } from '../circuit-state.ts';
import type { CircuitNode } from '../graph.ts';
import { KINDS } from '../kinds.ts';
import { Membership } from '../marks/membership.tsx';
import { EditableName } from '../parts/editable-name.tsx';
import { Facts } from '../parts/facts.tsx';
import { NodeButton, type NodeLinks } from '../parts/node-button.tsx';
import { NoteField } from '../parts/note-field.tsx';
import { type Mark, PromptTokens } from '../parts/prompt-tokens.tsx';
import { ShapeIcon } from '../parts/shape.tsx';
import type { TabProps } from './tabs/tab.ts';
import { tabsOf } from './tabs/tabs.ts';
import './node-panel.css';

/** One node: what it is, what leads to it, what it leads to, and what its feature responds to. */
export function NodePanel(
  props: TabProps & {
    state: CircuitState;
    change: ChangeCircuit;
    isPinned: boolean;
    isChosen: boolean;
    onPin: () => void;
  },
) {
  const { state, change, isPinned, isChosen, onPin, ...rest } = props;
  const { node, marking } = rest;
  const tabs = tabsOf(node);
  const { name: chosen, Tab } = tabs.find(({ name }) => name === state.tab) ?? tabs[0]!;
  const keyHint = useKeyHint();
  const original = marking.originalOf(node);
  return (
    <>
      <div className="node-head">
        <p className="node-kind">
          <ShapeIcon kind={node.kind} /> {KINDS[node.kind].title}
        </p>
        <button
          type="button"
          aria-pressed={isPinned}
          title={keyHint('Keep in sight', 'p')}
          onClick={onPin}
        >
          {isPinned ? 'Pinned' : 'Pin'}
        </button>
        <button
          type="button"
          aria-pressed={isChosen}
          title={keyHint('Choose it for a supernode', 'x')}
          onClick={() => marking.choose(node)}
        >
          {isChosen ? 'Chosen' : 'Choose'}
        </button>
        <button
          type="button"
          className="close"
          aria-label="Close the node"
          title={keyHint('Close', 'Escape')}
          onClick={() => change({ node: undefined })}
        >
          ×
        </button>
        <EditableName
          as="h2"
          what={node.members === undefined ? 'the node' : 'the supernode'}
          text={node.label}
          hint={original === undefined ? undefined : `Empty: “${original}” again`}
          onRename={(text) => marking.rename(node, text)}
        />
        {original !== undefined && <p className="own-label">Own label, in place of “{original}”</p>}
      </div>
      <Membership node={node} marking={marking} />
      <NodeFacts {...rest} />
      {node.members === undefined && (
        <NoteField
          name="Note"
          text={marking.noteOf(node)}
          placeholder="What you think of this node"
          onChange={(text) => marking.setNote(node, text)}
        />
      )}
      <Segments name="What to show of the node" className="tabs">
        {tabs.map(({ name, title }) => (
          <button
            key={name}
            type="button"
            aria-pressed={name === chosen}
            onClick={() => change({ tab: name })}
          >
            {title(node)}
          </button>
        ))}
      </Segments>
      <Tab {...rest} />
    </>
  );
}

function NodeFacts({ node, ...links }: NodeLinks & { node: CircuitNode }) {
  const { graph } = links;
  const { data, head, position, layer, influence } = node;
  const at = (place: number): string => `${place} “${showToken(graph.tokens[place] ?? '')}”`;
  const served = data.serves === undefined ? undefined : graph.byId.get(data.serves);
  const marks = new Map<number, Mark>();
  if (head !== undefined) marks.set(head.source, 'source').set(head.destination, 'destination');
  return (
    <>
      {head !== undefined && <PromptTokens tokens={graph.tokens} marks={marks} />}
      <Facts
        facts={[
          ['Token', head === undefined && position !== undefined ? at(position) : undefined],
          ['Reads from', head && at(head.source)],
          ['Writes to', head && at(head.destination)],
          ['Head', head && `layer ${head.layer}, head ${head.head}`],
          ['Layer', head === undefined && layer !== undefined ? String(layer) : undefined],
          ['Name', data.name],
          ['Contribution', data.contrib === undefined ? undefined : formatValue(data.contrib)],
          ['Activation', data.activation == null ? undefined : formatValue(data.activation)],
          [
            'Pre-activation',
            data.preActivation === undefined ? undefined : formatValue(data.preActivation),
          ],
          ['Probability', data.token_prob ? formatShare(data.token_prob) : undefined],
          [
            'Influence rank',
            influence === undefined ? undefined : `within the first ${formatShare(influence)}`,
          ],
          ['In the direction of', served && <NodeButton node={served} {...links} />],
        ]}
      />
    </>
  );
}
