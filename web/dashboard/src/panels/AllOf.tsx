// The button below a list's top rows that opens the whole of it; an empty list has none.
import { useState } from 'preact/hooks';
import { lazily } from './lazily';
import type { ListDetailsProps } from './ListDetails';

const ListDetails = lazily<ListDetailsProps>(() => import('./ListDetails').then((file) => file.ListDetails));

/** shown: rows that the list has on view. */
export function AllOf({ shown, ...props }: Omit<ListDetailsProps, 'onClose'> & { shown: number }) {
  const [open, setOpen] = useState(false);
  const all = props.entries.length;
  return (
    <>
      {all > 0 && (
        <button type="button" class="details-button" onClick={() => setOpen(true)}>
          Details <span class="soft">{all > shown ? `all ${all}` : ''}</span>
        </button>
      )}
      {open && <ListDetails {...props} onClose={() => setOpen(false)} />}
    </>
  );
}
