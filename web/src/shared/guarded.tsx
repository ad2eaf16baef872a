// What stands in the place of a page that cannot be drawn. React wants a class for it.
import { Component, type ReactNode } from 'react';
import './guarded.css';

/** Its children, or what went wrong while they were drawn, with the ways back. */
export class Guarded extends Component<{ children: ReactNode }, { error?: unknown }> {
  static getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error };
  }

  override readonly state: { error?: unknown } = {};

  override render(): ReactNode {
    return 'error' in this.state ? <Failure error={this.state.error} /> : this.props.children;
  }
}

function Failure({ error }: { error: unknown }) {
  return (
    <main className="failure">
      <h1>This page stopped</h1>
      <p>
        Something on it could not be drawn:{' '}
        <q>{error instanceof Error ? error.message : String(error)}</q>
      </p>
      <p>Its data are as they were. If it happens again, this is a bug in saev.</p>
      <p className="ways">
        <button type="button" onClick={startOver}>
          Start over
        </button>
        <button type="button" onClick={() => location.reload()}>
          Try the same again
        </button>
      </p>
    </main>
  );
}

/** Open the page as it opens first, without what the address asked for. */
function startOver(): void {
  history.replaceState(null, '', location.href.replace(/#.*/, ''));
  location.reload();
}
