// Makes or changes one filter: property, verb, values that the site has seen.
import { useId, useState } from 'preact/hooks';
import { useServices } from '../context';
import { filterProperties, propertyName, toCondition, toFilter, verbs, type Condition, type Filter } from '../filters';
import { goalNames, isCoded, valueLabel } from '../labels';
import { useLoad } from '../load';
import { valueMeant } from '../meant';
import { keyOf } from '../query';
import type { Site } from '../types';
import type { Looking } from '../view';
import { Dialog } from './Dialog';
import { Select } from './Field';

const SUGGESTED = 50;

function useSuggestions(site: Site, look: Looking, property: string) {
  const { api } = useServices();
  const { filters: _, ...range } = look.query;
  const keys = property === 'prop:';
  const found = useLoad(`${site.id} ${property}`, async () => {
    const asked = keys ? 'prop_key' : property;
    const query = { id: 'seen', property: asked, metrics: ['visitors'], limit: SUGGESTED, ...range };
    const { seen } = await api.query(site.id, [query]);
    return (seen?.results ?? []).map((row) => {
      const key = keyOf(row, asked);
      if (asked === 'goal') goalNames.value = { ...goalNames.peek(), [key]: String(row['name'] ?? key) };
      return key;
    });
  });
  return found.kind === 'done' ? found.data : [];
}

function Values({
  property,
  seen,
  values,
  several,
  onChange,
}: {
  property: string;
  seen: string[];
  values: string[];
  several: boolean;
  onChange: (values: string[]) => void;
}) {
  const id = useId();
  const set = (i: number, value: string) => onChange(values.map((old, at) => (at === i ? value : old)));
  return (
    <div class="field" role="group" aria-labelledby={`${id}-label`}>
      <span class="label" id={`${id}-label`}>
        Value
      </span>
      <datalist id={id}>
        {seen.map((value) => (
          <option key={value} value={value} label={valueLabel(property, value)} />
        ))}
      </datalist>
      {values.map((value, i) => (
        <input
          key={i}
          aria-label={i === 0 ? 'Value' : `Or value ${i + 1}`}
          list={id}
          dir={property.endsWith('page') || property === 'referrer' ? 'ltr' : 'auto'}
          value={value}
          required
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          onInput={(event) => set(i, event.currentTarget.value)}
        />
      ))}
      {several && (
        <button type="button" class="link" onClick={() => onChange([...values, ''])}>
          Or another value
        </button>
      )}
    </div>
  );
}

export interface EditorProps {
  site: Site;
  look: Looking;
  /** The one to change; null: a new one. */
  filter: Filter | null;
  onDone: (filter: Filter | null) => void;
}

export function FilterEditor({ site, look, filter, onDone }: EditorProps) {
  const first: Condition = filter ? toCondition(filter) : { property: 'page', verb: 'is', values: [''] };
  const [condition, setCondition] = useState(first);
  const { property, verb, values } = condition;
  const isProp = property.startsWith('prop:');
  const seen = useSuggestions(site, look, property);
  const keys = useSuggestions(site, look, isProp ? 'prop:' : property);
  const several = verb === 'is' || verb === 'is not';
  const change = (part: Partial<Condition>) => setCondition({ ...condition, ...part });
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    const given = values.map((value) => value.trim()).filter((value) => value !== '');
    if (given.length === 0 || property === 'prop:') return;
    const literal = several || (isCoded(property) && verb.includes('contain'));
    const meant = literal ? given.map((value) => valueMeant(property, value, seen)) : given;
    onDone(toFilter({ ...condition, values: several ? meant : meant.slice(0, 1) }));
  };
  return (
    <Dialog title={filter ? 'Change the filter' : 'Filter'} onClose={() => onDone(null)}>
      <form onSubmit={onSubmit}>
        <Select
          label="Property"
          value={isProp ? 'prop:' : property}
          options={[
            ...filterProperties.map((value) => ({ value, label: propertyName(value) })),
            { value: 'prop:', label: 'Event property' },
          ]}
          onChange={(value) => change({ property: value, values: [''] })}
        />
        {isProp && (
          <Select
            label="Key"
            value={property.slice(5)}
            options={[{ value: '', label: 'Choose' }, ...keys.map((key) => ({ value: key, label: key }))]}
            onChange={(key) => change({ property: `prop:${key}`, values: [''] })}
          />
        )}
        <Select
          label="Condition"
          value={verb}
          options={verbs.map((value) => ({ value, label: value }))}
          onChange={(value) => change({ verb: value as Condition['verb'] })}
        />
        <Values
          property={property}
          seen={isProp && property === 'prop:' ? [] : seen}
          values={several ? values : values.slice(0, 1)}
          several={several}
          onChange={(next) => change({ values: next })}
        />
        <button type="submit" class="button wide">
          {filter ? 'Change' : 'Filter the page'}
        </button>
      </form>
    </Dialog>
  );
}
