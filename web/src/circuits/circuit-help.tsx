import { HelpDialog } from '../shared/controls/help-dialog.tsx';

const KEYS: readonly (readonly [string, string])[] = [
  ['← →', 'node beside'],
  ['↑ ↓', 'nearest node one row up or down'],
  ['i', 'strongest input'],
  ['o', 'strongest output'],
  ['p', 'pin the node'],
  ['Esc', 'close the node'],
  ['/', 'search; Enter goes to the next node found'],
  ['+ -', 'larger or smaller'],
  ['0', 'the whole prompt'],
  ['?', 'this help'],
];

/** The keys, and how to read the figure. */
export function CircuitHelp({ onClose }: { onClose: () => void }) {
  return (
    <HelpDialog keys={KEYS} onClose={onClose}>
      <p>
        Tokens run from left to right, layers from the bottom up. An edge is the part of a node’s
        pre-activation that comes from another node, with attention patterns and layer norms held
        fixed: its width is its share of all inputs there, its colour its sign. Pinned nodes stay in
        sight whatever the sliders hide. The address always leads back to what is on the screen.
      </p>
    </HelpDialog>
  );
}
