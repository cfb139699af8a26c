// A form that is being sent: busy, and the words of its refusal.
import { useState } from 'preact/hooks';
import { asApiError } from './load';

export interface Submit {
  busy: boolean;
  error: string | null;
  onSubmit: (event: SubmitEvent) => void;
}

/** The text of a field of a form. */
export function text(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value : '';
}

/** Runs send with the fields. It is not called again while it runs. */
export function useSubmit(send: (form: FormData) => Promise<void>): Submit {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setError(null);
    send(new FormData(event.currentTarget as HTMLFormElement))
      .catch((failure: unknown) => setError(asApiError(failure).message))
      .finally(() => setBusy(false));
  };
  return { busy, error, onSubmit };
}
