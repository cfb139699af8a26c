// The bar of the view: filter chips, segments, period, comparison, share. All it changes is the address.
import { useState } from 'preact/hooks';
import { filterWords, type Filter } from '../filters';
import { copyText } from '../clipboard';
import { valueLabel } from '../labels';
import { daysLabel, periodLabel, periods } from '../period';
import { can } from '../roles';
import { sitePath } from '../route';
import { toast } from '../toast';
import type { Site } from '../types';
import type { Looking } from '../view';
import type { EditorProps } from './FilterEditor';
import { lazily } from './lazily';
import type { RangeProps } from './RangeDialog';
import { Menu } from './Menu';
import { Segments } from './Segments';

const FilterEditor = lazily<EditorProps>(() => import('./FilterEditor').then((file) => file.FilterEditor));
const RangeDialog = lazily<RangeProps>(() => import('./RangeDialog').then((file) => file.RangeDialog));

function Chips({ look, edit }: { look: Looking; edit: (index: number) => void }) {
  const { filters } = look.view;
  const without = (index: number) => filters.filter((_, i) => i !== index);
  return (
    <ul class="chips" aria-label="Filters">
      {filters.map((filter, i) => {
        const words = filterWords(filter, valueLabel);
        return (
          <li key={i} class="chip">
            <button type="button" class="chip-words" title={`${words}. Change`} onClick={() => edit(i)}>
              <bdi>{words}</bdi>
            </button>
            <a class="chip-off" href={look.href({ filters: without(i) })} aria-label={`Clear: ${words}`}>
              <span aria-hidden="true">✕</span>
            </a>
          </li>
        );
      })}
    </ul>
  );
}

function PeriodMenu({ look, compare }: { look: Looking; compare: boolean }) {
  const [asking, ask] = useState(false);
  const { period, compare: compared } = look.view;
  return (
    <>
      <Menu
        label={`${periodLabel(period)}${period.name === 'custom' ? '' : ` ${daysLabel(look.days)}`}. Change the period`}
        align="end"
        face={
          <span class="face">
            <b>{periodLabel(period)}</b>{' '}
            {period.name !== 'custom' && <span class="soft face-days">{daysLabel(look.days)}</span>}
          </span>
        }
      >
        {periods.map(({ name, label, key }) => (
          <a
            key={name}
            class="menu-item line"
            href={look.href({ period: { name }, interval: null })}
            aria-current={period.name === name ? 'true' : undefined}
          >
            {label}
            {key && <kbd aria-hidden="true">{key}</kbd>}
          </a>
        ))}
        <button type="button" class="menu-item" onClick={() => ask(true)}>
          Any range…
        </button>
        {compare && (
          <>
            <hr />
            <a class="menu-item line" href={look.href({ compare: !compared })}>
              {compared ? 'Stop comparing' : 'Compare with the period before'}
              <kbd aria-hidden="true">x</kbd>
            </a>
          </>
        )}
      </Menu>
      {asking && <RangeDialog look={look} onClose={() => ask(false)} />}
    </>
  );
}

function ShareMenu({ site }: { site: Site }) {
  const copyLink = async () =>
    toast((await copyText(location.href)) ? 'The link to this view was copied.' : location.href);
  return (
    <Menu label="Share" align="end" face={<span class="face">Share</span>}>
      <button type="button" class="menu-item" onClick={() => void copyLink()}>
        Copy the link to this view
        <small>for those who may read this site</small>
      </button>
      {site.public && (
        <a class="menu-item" href={`/public/${site.id}`} target="_blank" rel="noopener">
          The public dashboard
        </a>
      )}
      {can(site.role, 'admin') && (
        <a class="menu-item" href={sitePath(site.id, 'settings', 'shares')}>
          Links for everybody…
          <small>without an account, revocable</small>
        </a>
      )}
    </Menu>
  );
}

interface Props {
  site: Site;
  look: Looking;
  /** The page compares. */
  compare: boolean;
  /** Which filter is open: its index, -1 a new one, null none. */
  editing: number | null;
  edit: (index: number | null) => void;
}

export function ViewBar({ site, look, compare, editing, edit }: Props) {
  const { filters } = look.view;
  const done = (filter: Filter | null) => {
    const index = editing;
    edit(null);
    if (!filter || index === null) return;
    const next = index < 0 ? [...filters, filter] : filters.map((old, i) => (i === index ? filter : old));
    look.change({ filters: next });
  };
  return (
    <div class="viewbar">
      <button type="button" class="menu-button face" onClick={() => edit(-1)}>
        <span aria-hidden="true">+</span> Filter
      </button>
      <Segments site={site} look={look} />
      <Chips look={look} edit={edit} />
      <span class="grow" />
      <PeriodMenu look={look} compare={compare} />
      <ShareMenu site={site} />
      {editing !== null && (
        <FilterEditor key={editing} site={site} look={look} filter={filters[editing] ?? null} onDone={done} />
      )}
    </div>
  );
}
