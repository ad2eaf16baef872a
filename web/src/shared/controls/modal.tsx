import { type ComponentProps, useEffect, useRef } from 'react';

/** A dialog that stands before the page until it is closed by Esc, by a click beside it, or by its parent. */
export function Modal({ onClose, ...rest }: ComponentProps<'dialog'> & { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the click beside the dialog does what Esc does
    <dialog
      {...rest}
      ref={dialog}
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && onClose()}
    />
  );
}
