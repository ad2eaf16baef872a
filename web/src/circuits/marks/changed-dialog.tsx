import { Modal } from '../../shared/controls/modal.tsx';
import './changed-dialog.css';

/** Ask what to do where somebody else has written the file in between. Nothing is written until one of both is chosen. */
export function ChangedDialog(props: {
  onTheirs: () => void;
  onMine: () => void;
  onClose: () => void;
}) {
  return (
    <Modal className="changed" aria-labelledby="changed-title" onClose={props.onClose}>
      <h2 id="changed-title">graph.json has changed</h2>
      <p>
        Somebody else has written it since it was opened here. Nothing was saved: what you marked is
        still on this page.
      </p>
      <p className="changed-ways">
        <button type="button" onClick={props.onTheirs}>
          Show theirs, without mine
        </button>
        <button type="button" onClick={props.onMine}>
          Save mine over theirs
        </button>
        <button type="button" onClick={props.onClose}>
          Decide later
        </button>
      </p>
    </Modal>
  );
}
