// Another name for a key; nothing else of it can be changed.
import { useState } from 'preact/hooks';
import { useServices } from '../../context';
import { text, useSubmit } from '../../form';
import type { ApiKey } from '../../openapi';
import { Dialog } from '../Dialog';
import { Field, FormError } from '../Field';

export function RenameKey({ of, onDone }: { of: ApiKey; onDone: () => void }) {
  const { api } = useServices();
  const [open, setOpen] = useState(false);
  const { busy, error, onSubmit } = useSubmit(async (form) => {
    await api.patch(`/api/api-keys/${of.id}`, { name: text(form, 'name') });
    setOpen(false);
    onDone();
  });
  return (
    <>
      <button
        type="button"
        class="button quiet small"
        aria-label={`Rename ${of.name}`}
        aria-haspopup="dialog"
        onClick={() => setOpen(true)}
      >
        Rename
      </button>
      {open && (
        <Dialog title={`Rename ${of.name}`} onClose={() => setOpen(false)}>
          <form onSubmit={onSubmit}>
            <Field label="New name">
              {(ids) => (
                <input {...ids} name="name" required maxLength={100} autocomplete="off" defaultValue={of.name} />
              )}
            </Field>
            <FormError error={error} />
            <button type="submit" class="button" disabled={busy}>
              Save
            </button>
          </form>
        </Dialog>
      )}
    </>
  );
}
