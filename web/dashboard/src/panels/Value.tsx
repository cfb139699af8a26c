// What visitors and people wrote, apart from what is beside it: addresses run from left to right whatever their letters, names their own way.
import { isAddress, turns } from '../format';

/** A path, a host, a selector. */
export function Address({ text }: { text: string }) {
  const inside = <bdi dir="ltr">{text}</bdi>;
  // Where there is too little room its end is cut: in letters that run from right to left it stands at the left.
  return turns(text) ? <span dir="rtl">{inside}</span> : inside;
}

const addresses = new Set(['page', 'entry_page', 'exit_page', 'referrer']);

interface Props {
  /** As the Query API names it. A source is a host or a name. */
  property: string;
  label: string;
}

/** A value of a property. */
export function Value({ property, label }: Props) {
  const address = addresses.has(property) || (property === 'source' && isAddress(label));
  return address ? <Address text={label} /> : <bdi>{label}</bdi>;
}
