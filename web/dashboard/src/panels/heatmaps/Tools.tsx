// Which page, what of it, on which devices, above what.
import { capital, count, leftToRight } from '../../format';
import type * as api from '../../openapi';
import type { Looking } from '../../view';
import { devices, types } from './heat';
import type { Chosen } from './choice';

interface GroupProps {
  label: string;
  value: string;
  options: { value: string; label: string; hint?: string; disabled?: boolean }[];
  choose: (value: string) => void;
}

function Group({ label, value, options, choose }: GroupProps) {
  return (
    <div class="segments" role="group" aria-label={label}>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          class="segment"
          title={option.hint}
          disabled={option.disabled ?? false}
          aria-pressed={option.value === value}
          onClick={() => choose(option.value)}
        >
          {option.label}
        </button>
      ))}
    </div>
  );
}

interface Props {
  look: Looking;
  choice: Chosen;
  pages: api.HeatmapPage[];
}

export function Tools({ look, choice, pages }: Props) {
  const known = pages.some(({ path }) => path === choice.path);
  return (
    <div class="list-tools heat-tools">
      <select
        class="select heat-pages"
        aria-label="Page"
        value={choice.path}
        onChange={(event) => look.choose('path', event.currentTarget.value)}
      >
        {!known && choice.path !== '' && <option value={choice.path}>{choice.path}</option>}
        {pages.map(({ path, clicks, pageviews }) => (
          <option key={path} value={path} selected={path === choice.path}>
            {`${leftToRight(path)} — ${count(clicks)} clicks, ${count(pageviews)} pageviews`}
          </option>
        ))}
      </select>
      <Group label="What" value={choice.type} options={types} choose={(value) => look.choose('type', value)} />
      <Group
        label="Devices"
        value={choice.device ?? ''}
        options={[{ value: '', label: 'All' }, ...devices.map((device) => ({ value: device, label: capital(device) }))]}
        choose={(value) => look.choose('device', value)}
      />
    </div>
  );
}
