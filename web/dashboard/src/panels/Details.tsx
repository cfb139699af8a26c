// A breakdown as a whole, in a window above the page.
import { Dialog } from './Dialog';
import { PropertyTable, type PropertyTableProps } from './PropertyTable';

export type DetailsProps = PropertyTableProps & { onClose: () => void };

export function Details({ onClose, ...props }: DetailsProps) {
  return (
    <Dialog title={props.title} wide onClose={onClose}>
      <PropertyTable {...props} />
    </Dialog>
  );
}
