// Makes or changes a goal; paths and events complete from what the site has seen.
import { useState } from 'preact/hooks';
import { useServices } from '../../context';
import { useSubmit } from '../../form';
import { toast } from '../../toast';
import type { Site } from '../../types';
import { Dialog } from '../Dialog';
import { Field, FormError, Select, Switch } from '../Field';
import { goalBody, type Goal } from './goal';
import { SeenList, useSeen } from './Seen';

const types = [
  { value: 'pageview', label: 'a page is seen' },
  { value: 'event', label: 'an event happens' },
  { value: 'duration', label: 'a visit lasts' },
];

const matchTypes = [
  { value: 'exact', label: 'is exactly' },
  { value: 'contains', label: 'contains' },
  { value: 'regex', label: 'matches the expression (RE2)' },
];

interface Props {
  site: Site;
  /** The one to change; null: a new one. */
  goal: Goal | null;
  onClose: (changed: boolean) => void;
}

function PageFields({ site, goal }: { site: Site; goal: Extract<Goal, { type: 'pageview' }> | null }) {
  const seen = useSeen(site, 'page');
  const [match, setMatch] = useState<string>(goal?.matchType ?? 'exact');
  return (
    <>
      <Select label="The path" name="matchType" value={match} options={matchTypes} onChange={setMatch} />
      <Field label="Path" hint={match === 'exact' ? 'It begins with a slash.' : 'Upper and lower case differ.'}>
        {(ids) => (
          <SeenList values={seen}>
            {(list) => (
              <input
                {...ids}
                list={list}
                name="path"
                required
                maxLength={match === 'regex' ? 512 : 2048}
                defaultValue={goal?.path ?? ''}
                placeholder="/thank-you"
                autocomplete="off"
                autocapitalize="none"
                spellcheck={false}
                dir="ltr"
              />
            )}
          </SeenList>
        )}
      </Field>
    </>
  );
}

function EventFields({ site, goal }: { site: Site; goal: Extract<Goal, { type: 'event' }> | null }) {
  const seen = useSeen(site, 'event');
  return (
    <>
      <Field label="Event">
        {(ids) => (
          <SeenList values={seen}>
            {(list) => (
              <input
                {...ids}
                list={list}
                name="eventAction"
                required
                maxLength={120}
                defaultValue={goal?.eventAction ?? ''}
                placeholder="purchase"
                autocomplete="off"
              />
            )}
          </SeenList>
        )}
      </Field>
      <Field label="Category (optional)" hint="Empty: any.">
        {(ids) => <input {...ids} name="eventCategory" maxLength={120} defaultValue={goal?.eventCategory ?? ''} />}
      </Field>
      <Field label="Label (optional)" hint="Empty: any.">
        {(ids) => <input {...ids} name="eventLabel" maxLength={500} defaultValue={goal?.eventLabel ?? ''} />}
      </Field>
    </>
  );
}

export function GoalForm({ site, goal, onClose }: Props) {
  const { api } = useServices();
  const [type, setType] = useState<Goal['type']>(goal?.type ?? 'pageview');
  const { busy, error, onSubmit } = useSubmit(async (form) => {
    const body = { ...goalBody(type, form), backfill: form.has('backfill') };
    if (goal) await api.patch(`/api/goals/${goal.id}`, body);
    else await api.post('/api/goals', { siteId: site.id, type, ...body });
    toast(goal ? 'The goal was changed.' : 'The goal was made.');
    onClose(true);
  });
  return (
    <Dialog title={goal ? `Change ${goal.name}` : 'New goal'} onClose={() => onClose(false)}>
      <form onSubmit={onSubmit}>
        <Field label="Name">
          {(ids) => (
            <input {...ids} name="name" required maxLength={100} defaultValue={goal?.name ?? ''} autocomplete="off" />
          )}
        </Field>
        {!goal && (
          <Select
            label="It is reached when"
            value={type}
            options={types}
            onChange={(value) => setType(value as Goal['type'])}
          />
        )}
        {type === 'pageview' && <PageFields site={site} goal={goal?.type === 'pageview' ? goal : null} />}
        {type === 'event' && <EventFields site={site} goal={goal?.type === 'event' ? goal : null} />}
        {type === 'duration' && (
          <Field label="Seconds at least">
            {(ids) => (
              <input
                {...ids}
                name="durationSeconds"
                type="number"
                required
                min={1}
                max={86_400}
                defaultValue={String(goal?.type === 'duration' ? goal.durationSeconds : 120)}
              />
            )}
          </Field>
        )}
        <Field
          label="Value of one completion"
          hint={type === 'event' ? 'Counts where the event brings none of its own.' : 'A number without currency.'}
        >
          {(ids) => (
            <input
              {...ids}
              name="value"
              type="number"
              min={0}
              max={1e9}
              step={0.0001}
              defaultValue={String(goal?.value ?? 0)}
            />
          )}
        </Field>
        <Switch
          label="Count what happened before, too"
          hint="What is stored is searched in the background."
          name="backfill"
          checked
        />
        <FormError error={error} />
        <button type="submit" class="button wide" disabled={busy}>
          {goal ? 'Change' : 'Make the goal'}
        </button>
      </form>
    </Dialog>
  );
}
