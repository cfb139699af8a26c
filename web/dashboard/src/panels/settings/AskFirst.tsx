// A button whose deed is asked about first; where much is lost, a word has to be typed.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { asApiError } from '../../load';
import { Confirm } from '../Dialog';
import { Field } from '../Field';

interface Props {
  label: string;
  /** What a screen reader says instead of the label, e.g. "Remove bob@example.com". */
  name?: string;
  title: string;
  action: string;
  /** Has to be typed before the deed can be done. */
  typed?: string;
  danger?: boolean;
  run: () => Promise<void>;
  /** What will happen, and whether it can be undone. */
  children: ComponentChildren;
}

export function AskFirst({ label, name, title, action, typed, danger = false, run, children }: Props) {
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const [word, setWord] = useState('');
  const close = () => {
    setOpen(false);
    setError(null);
    setWord('');
  };
  const confirm = () => {
    setBusy(true);
    run()
      .then(close, (failure: unknown) => setError(asApiError(failure).message))
      .finally(() => setBusy(false));
  };
  return (
    <>
      <button
        type="button"
        class={danger ? 'button danger' : 'button quiet small'}
        aria-label={name}
        onClick={() => setOpen(true)}
      >
        {label}
      </button>
      {open && (
        <Confirm
          title={title}
          action={action}
          busy={busy || (typed !== undefined && word.trim() !== typed)}
          error={error}
          onConfirm={confirm}
          onClose={close}
        >
          {children}
          {typed !== undefined && (
            <Field label={`Type ${typed} to go on`}>
              {(ids) => (
                <input
                  {...ids}
                  value={word}
                  autocomplete="off"
                  autocapitalize="none"
                  spellcheck={false}
                  onInput={(event) => setWord(event.currentTarget.value)}
                />
              )}
            </Field>
          )}
        </Confirm>
      )}
    </>
  );
}
