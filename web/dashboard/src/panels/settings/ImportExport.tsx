// Data out as a file; daily history of other products in.
import { useState } from 'preact/hooks';
import { useServices } from '../../context';
import { save } from '../../csv';
import { text, useSubmit } from '../../form';
import { count } from '../../format';
import type { Import, ImportCreated } from '../../openapi';
import type { SitePageProps } from '../../page';
import { can } from '../../roles';
import { toast } from '../../toast';
import { Card } from '../Card';
import { Field, FormError, Select } from '../Field';
import { Forbidden } from '../States';
import { Table, type Column } from '../Table';
import { AskFirst } from './AskFirst';
import { Listed } from './Listed';
import { moment } from './moment';
import { useLatest } from './use-latest';

const types = [
  { value: 'summary', label: 'Days: pageviews, visitors, visits' },
  { value: 'pageviews', label: 'Pageviews, one a row' },
  { value: 'events', label: 'Events, one a row' },
];

const periods = [
  { value: '7d', label: '7 days' },
  { value: '30d', label: '30 days' },
  { value: '90d', label: '90 days' },
  { value: '365d', label: '365 days' },
];

const names: Record<string, string> = {
  csv: 'CSV',
  json: 'JSON',
  ndjson: 'NDJSON, all rows',
  parquet: 'Parquet, all rows',
};

/** The formats that an export of a type has. Pure. */
export function formatsOf(type: string): string[] {
  return type === 'summary' ? ['csv', 'json'] : ['csv', 'json', 'ndjson', 'parquet'];
}

function Export({ site, look }: SitePageProps) {
  const { api } = useServices();
  const [type, setType] = useState('summary');
  const { busy, error, onSubmit } = useSubmit(async (form) => {
    const format = text(form, 'format');
    const file = await api.file('/api/export', { siteId: site.id, type, format, period: text(form, 'period') });
    save(`${type}-${look.today}.${format}`, file.type, file);
  });
  return (
    <Card title="Export">
      <p class="soft card-text">
        Without ids of visitors and visits. CSV and JSON hold the latest 10,000 rows; more come through the API.
      </p>
      <form onSubmit={onSubmit}>
        <Select label="What" value={type} options={types} onChange={setType} />
        <Select label="Of the last" name="period" value="30d" options={periods} />
        <Select
          key={type}
          label="Format"
          name="format"
          value="csv"
          options={formatsOf(type).map((value) => ({ value, label: names[value] ?? value }))}
        />
        <FormError error={error} />
        <button type="submit" class="button" disabled={busy}>
          Export
        </button>
      </form>
    </Card>
  );
}

const formats = [
  { value: 'csv', label: 'CSV with a header row' },
  { value: 'ua-csv', label: 'Universal Analytics CSV' },
  { value: 'json', label: 'JSON, an array of objects' },
  { value: 'ga4-api', label: 'GA4 API answer' },
];

/** Of one import; the body is JSON, so quotes in the file count twice. */
const MAX_BYTES = 9_000_000;

function ImportForm({ siteId, done }: { siteId: string; done: () => void }) {
  const { api } = useServices();
  const [problem, setProblem] = useState<string | null>(null);
  const { busy, error, onSubmit } = useSubmit(async (form) => {
    setProblem(null);
    const file = form.get('file');
    if (!(file instanceof File) || file.size === 0) return setProblem('Choose a file.');
    if (file.size > MAX_BYTES) return setProblem('The file is larger than 9 MB. Split it by years.');
    const source = text(form, 'source').trim();
    const made = await api.post<ImportCreated>('/api/import', {
      siteId,
      format: text(form, 'format'),
      data: await file.text(),
      ...(source ? { source } : {}),
    });
    toast(made.message);
    done();
  });
  return (
    <form onSubmit={onSubmit}>
      <Field label="File" hint="Columns date, pageviews, sessions, users or visitors; others are ignored.">
        {(ids) => <input {...ids} name="file" type="file" required accept=".csv,.json,text/csv,application/json" />}
      </Field>
      <Select label="Format" name="format" value="csv" options={formats} />
      <Field label="From (optional)" hint="What it comes from; empty: google-analytics.">
        {(ids) => <input {...ids} name="source" maxLength={50} autocomplete="off" />}
      </Field>
      <FormError error={problem ?? error} />
      <button type="submit" class="button" disabled={busy}>
        Import
      </button>
    </form>
  );
}

function Imports({ site }: SitePageProps) {
  const { api } = useServices();
  const list = useLatest(
    `imports ${site.id}`,
    async () => (await api.list<Import>('/api/import', { siteId: site.id, limit: 100 })).data,
  );
  const remove = async (one: Import) => {
    await api.erase(`/api/import/${one.id}`);
    toast('The import was deleted.');
    list.reload();
  };
  const columns: Column<Import>[] = [
    {
      key: 'source',
      label: 'From',
      cell: ({ source, format }) => (
        <>
          <bdi>{source}</bdi>
          <span class="two">{format}</span>
        </>
      ),
    },
    {
      key: 'days',
      label: 'Days',
      cell: ({ dateRange }) => `${dateRange.start} – ${dateRange.end} (${count(dateRange.days)})`,
    },
    { key: 'when', label: 'Imported', cell: ({ importedAt }) => moment(importedAt, site.timezone) },
    {
      key: 'actions',
      label: '',
      cell: (one) => (
        <div class="row-actions">
          <AskFirst
            label="Delete"
            name={`Delete the import of ${one.dateRange.start}`}
            title="Delete this import?"
            action="Delete the import"
            run={() => remove(one)}
          >
            <p>The {count(one.dateRange.days)} days go out of the history. The file can be imported again.</p>
          </AskFirst>
        </div>
      ),
    },
  ];
  return (
    <Card title="Import of daily history" hint="It fills the days before the first event of this site.">
      <Listed list={list} empty="Nothing was imported yet.">
        {(rows) => <Table caption="Imports" columns={columns} rows={rows} rowKey={({ id }) => id} />}
      </Listed>
      <ImportForm siteId={site.id} done={list.reload} />
    </Card>
  );
}

export function ImportExport(props: SitePageProps) {
  const { role, owner } = props.site;
  return (
    <>
      {can(role, 'member') ? <Export {...props} /> : <Forbidden what="Export" needed="member" owner={owner} />}
      {can(role, 'admin') ? <Imports {...props} /> : <Forbidden what="Import" needed="admin" owner={owner} />}
    </>
  );
}
