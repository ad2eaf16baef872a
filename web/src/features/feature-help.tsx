import { HelpDialog } from '../shared/controls/help-dialog.tsx';

const KEYS: readonly (readonly [string, string])[] = [
  ['j →', 'next feature'],
  ['k ←', 'previous feature'],
  ['↑ ↓', 'move among the cards'],
  ['Enter', 'open the card'],
  ['Esc', 'back to all features'],
  ['/', 'search'],
  ['h', 'heat map, or tint of tokens, on or off'],
  ['c', 'concepts, where they are known'],
  ['?', 'this help'],
];

/** The keys, and how to read the page. */
export function FeatureHelp({ onClose }: { onClose: () => void }) {
  return (
    <HelpDialog keys={KEYS} onClose={onClose}>
      <p>
        Each dot of the plot is a feature: how often it fires, against its mean value where it
        fires. Drag a rectangle to list only the features inside; drag inside it to move it. The
        address always leads back to what is on the screen.
      </p>
    </HelpDialog>
  );
}
