// Notes on days, shown as lines in the charts.
import { useEffect, useState } from 'preact/hooks';
import { useServices } from '../../context';
import { text, useSubmit } from '../../form';
import type { SitePageProps } from '../../page';
import { can } from '../../roles';
import { toast } from '../../toast';
import type { Annotation } from '../../types';
import { useAgain } from '../../use-again';
import { Card } from '../Card';
import { Dialog } from '../Dialog';
import { Field, FormError, Select } from '../Field';
import { Table, type Column } from '../Table';
import { AskFirst } from './AskFirst';
import { Listed } from './Listed';
import { useLatest } from './use-latest';

const icons = ['star', 'rocket', 'megaphone', 'wrench', 'calendar', 'trophy', 'bell', 'flag'];

interface FormProps {
  siteId: string;
  today: string;
  /** The one to change; null: a new one. */
  annotation: Annotation | null;
  onClose: (changed: boolean) => void;
}

function AnnotationForm({ siteId, today, annotation, onClose }: FormProps) {
  const { api } = useServices();
  const { busy, error, onSubmit } = useSubmit(async (form) => {
    const fields = Object.fromEntries(
      ['date', 'title', 'description', 'color', 'icon'].map((name) => [name, text(form, name)]),
    );
    if (annotation) await api.patch(`/api/annotations/${annotation.id}`, fields);
    else await api.post('/api/annotations', { siteId, ...fields });
    toast('The annotation was saved.');
    onClose(true);
  });
  return (
    <Dialog title={annotation ? 'Change the annotation' : 'New annotation'} onClose={() => onClose(false)}>
      <form onSubmit={onSubmit}>
        <Field label="Day">
          {(ids) => <input {...ids} name="date" type="date" required defaultValue={annotation?.date ?? today} />}
        </Field>
        <Field label="Title">
          {(ids) => (
            <input
              {...ids}
              name="title"
              required
              maxLength={100}
              defaultValue={annotation?.title ?? ''}
              autocomplete="off"
            />
          )}
        </Field>
        <Field label="Description (optional)">
          {(ids) => <input {...ids} name="description" maxLength={1000} defaultValue={annotation?.description ?? ''} />}
        </Field>
        <Select
          label="Symbol"
          name="icon"
          value={annotation?.icon ?? 'star'}
          options={icons.map((value) => ({ value, label: value }))}
        />
        <Field label="Colour">
          {(ids) => <input {...ids} name="color" type="color" defaultValue={annotation?.color ?? '#0d6efd'} />}
        </Field>
        <FormError error={error} />
        <button type="submit" class="button wide" disabled={busy}>
          Save
        </button>
      </form>
    </Dialog>
  );
}

export function Annotations({ site, look }: SitePageProps) {
  const { api, session } = useServices();
  const list = useLatest(`annotations ${site.id}`, () =>
    api.get<Annotation[]>('/api/annotations', { siteId: site.id }),
  );
  const again = useAgain();
  useEffect(() => {
    if (again > 0) list.reload();
  }, [again]);
  const [form, setForm] = useState<Annotation | 'new' | null>(null);
  const me = session.current.value?.user.id;
  const mine = (annotation: Annotation) =>
    can(site.role, 'admin') || (can(site.role, 'member') && annotation.createdBy === me);
  const remove = async (annotation: Annotation) => {
    await api.erase(`/api/annotations/${annotation.id}`);
    toast('The annotation was deleted.');
    list.reload();
  };
  const columns: Column<Annotation>[] = [
    {
      key: 'title',
      label: 'What',
      cell: ({ title, description, color }) => (
        <>
          <span class="dot" style={{ color, display: 'inline-block' }} aria-hidden="true" /> <bdi>{title}</bdi>
          {description && <span class="two">{description}</span>}
        </>
      ),
    },
    { key: 'date', label: 'Day', cell: ({ date }) => date },
    {
      key: 'actions',
      label: '',
      cell: (annotation) =>
        mine(annotation) && (
          <div class="row-actions">
            <button
              type="button"
              class="button quiet small"
              aria-label={`Change ${annotation.title}`}
              onClick={() => setForm(annotation)}
            >
              Change
            </button>
            <AskFirst
              label="Delete"
              name={`Delete ${annotation.title}`}
              title={`Delete ${annotation.title}?`}
              action="Delete the annotation"
              run={() => remove(annotation)}
            >
              <p>The line in the charts goes with it.</p>
            </AskFirst>
          </div>
        ),
    },
  ];
  const add = can(site.role, 'member') && (
    <button type="button" class="button small" onClick={() => setForm('new')}>
      New annotation
    </button>
  );
  return (
    <Card title="Annotations" hint="Notes on days, shown as lines in the charts." actions={add}>
      <Listed list={list} empty="No annotation yet. Note down releases, campaigns, outages.">
        {(rows) => (
          <Table caption="Notes by day" columns={columns} rows={[...rows].reverse()} rowKey={({ id }) => id} />
        )}
      </Listed>
      {form && (
        <AnnotationForm
          siteId={site.id}
          today={look.today}
          annotation={form === 'new' ? null : form}
          onClose={(changed) => {
            setForm(null);
            if (changed) list.reload();
          }}
        />
      )}
    </Card>
  );
}
