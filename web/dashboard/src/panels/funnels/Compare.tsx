// What a funnel is compared by: the period before, two devices, two sources. The choice stands in the address.
import { capital, source } from '../../format';
import type { Site } from '../../types';
import type { Looking } from '../../view';
import { useSeen } from '../goals/Seen';
import { devices, type Against } from './funnel';

const choices: { value: Against; label: string }[] = [
  { value: '', label: 'Compare with nothing' },
  { value: 'period', label: 'Compare with the period before' },
  { value: 'device', label: 'Compare two devices' },
  { value: 'source', label: 'Compare two sources' },
];

function Pick({ label, value, options, onChange }: PickProps) {
  return (
    <select class="select" aria-label={label} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
      {options.map((option) => (
        <option key={option.value} value={option.value} selected={option.value === value}>
          {option.label}
        </option>
      ))}
    </select>
  );
}

interface PickProps {
  label: string;
  value: string;
  options: { value: string; label: string }[];
  onChange: (value: string) => void;
}

/** The choice of the address; wrong words compare with nothing. */
export function againstOf(look: Looking): Against {
  return choices.find(({ value }) => value === look.view.more['vs'])?.value ?? '';
}

export function Compare({ site, look }: { site: Site; look: Looking }) {
  const against = againstOf(look);
  const seen = useSeen(site, 'source');
  const { a = '', b = '' } = look.view.more;
  const more = (part: Record<string, string>) => look.change({ more: { ...look.view.more, ...part } }, true);
  const values =
    against === 'device'
      ? devices.map((value) => ({ value, label: capital(value) }))
      : [{ value: '', label: 'Choose' }, ...seen.map((value) => ({ value, label: source(value) }))];
  const first = { '': ['', ''], period: ['', ''], device: ['desktop', 'mobile'], source: [seen[0], seen[1]] };
  return (
    <div class="list-tools funnel-compare">
      <Pick
        label="Compare"
        value={against}
        options={choices}
        onChange={(value) => {
          const [one = '', other = ''] = first[value as Against];
          more({ vs: value, a: one, b: other });
        }}
      />
      {(against === 'device' || against === 'source') && (
        <>
          <Pick label="This" value={a} options={values} onChange={(value) => more({ a: value })} />
          <span class="soft">with</span>
          <Pick label="With" value={b} options={values} onChange={(value) => more({ b: value })} />
        </>
      )}
    </div>
  );
}
