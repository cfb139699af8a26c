// When a report was made that does not come by itself.
import { useServices } from '../context';
import { clock } from '../format';

interface Props {
  /** When the answer came, ms; 0: it has not. */
  at: number;
  zone: string;
}

/** “as of 11:30:20”, by the server's clock. */
export function AsOf({ at, zone }: Props) {
  const { socket } = useServices();
  return at > 0 ? <>as of {clock(at + socket.clockOffset.value, zone)}</> : null;
}
