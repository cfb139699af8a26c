// The messages of a webhook: how each went, what it held, and once more.
import { useState } from 'preact/hooks';
import { useServices } from '../../context';
import { asApiError } from '../../load';
import type { Delivery } from '../../openapi';
import { toast } from '../../toast';
import { Dialog } from '../Dialog';
import { Select } from '../Field';
import { Pager, Table, type Column } from '../Table';
import { Listed } from './Listed';
import { moment, momentIn, zoneNote } from './moment';
import { useLatest } from './use-latest';

const LIMIT = 20;

const tones: Record<Delivery['status'], string> = { pending: 'warn', succeeded: 'good', failed: 'bad' };

const states = [
  { value: '', label: 'All' },
  { value: 'pending', label: 'Pending' },
  { value: 'succeeded', label: 'Succeeded' },
  { value: 'failed', label: 'Failed' },
];

/** How the last attempt ended: "200 in 61 ms", "timeout"; nothing before the first. Pure. */
export function outcome({ attempts }: Pick<Delivery, 'attempts'>): string {
  const last = attempts.at(-1);
  if (!last) return 'not tried yet';
  const tries = attempts.length > 1 ? `, attempt ${attempts.length}` : '';
  return (last.error ?? `${last.status} in ${last.durationMs} ms`) + tries;
}

function Message({ delivery, zone, onClose }: { delivery: Delivery; zone: string; onClose: () => void }) {
  return (
    <Dialog title={`Message ${delivery.messageId}`} wide onClose={onClose}>
      <h3>Sent</h3>
      <pre class="payload" tabIndex={0}>
        {JSON.stringify(delivery.payload, null, 2)}
      </pre>
      {delivery.attempts.map((attempt) => (
        <section key={attempt.id}>
          <h3>
            {momentIn(attempt.at, zone)}: {attempt.error ?? attempt.status} ({attempt.durationMs} ms)
          </h3>
          {attempt.responseBody && (
            <pre class="payload" tabIndex={0}>
              {attempt.responseBody}
            </pre>
          )}
        </section>
      ))}
    </Dialog>
  );
}

interface Props {
  webhookId: string;
  zone: string;
  /** Called when the reader asks for the list anew. */
  refreshed: () => void;
}

export function Deliveries({ webhookId, zone, refreshed }: Props) {
  const { api } = useServices();
  const [status, setStatus] = useState('');
  const [offset, setOffset] = useState(0);
  const [shown, setShown] = useState<Delivery | null>(null);
  const path = `/api/webhooks/${webhookId}/deliveries`;
  const page = useLatest(`${path} ${status} ${offset}`, () =>
    api.list<Delivery>(path, { status, offset, limit: LIMIT }),
  );
  const again = ({ messageId }: Delivery) =>
    void api.post(`${path}/${messageId}/redeliver`).then(
      () => {
        toast('The message is queued again.');
        page.reload();
      },
      (error: unknown) => toast(asApiError(error).message, 'bad'),
    );
  const columns: Column<Delivery>[] = [
    {
      key: 'event',
      label: 'Message',
      cell: (delivery) => (
        <>
          {delivery.event}{' '}
          <span class="tag" data-tone={tones[delivery.status]}>
            {delivery.status}
          </span>
          <span class="two">{outcome(delivery)}</span>
        </>
      ),
    },
    {
      key: 'when',
      label: 'When',
      cell: ({ createdAt, nextAttemptAt }) => (
        <>
          {moment(createdAt, zone)}
          {nextAttemptAt && <span class="two">next try {moment(nextAttemptAt, zone)}</span>}
        </>
      ),
    },
    {
      key: 'actions',
      label: '',
      cell: (delivery) => (
        <div class="row-actions">
          <button
            type="button"
            class="button quiet small"
            aria-label={`Show ${delivery.messageId}`}
            onClick={() => setShown(delivery)}
          >
            Show
          </button>
          <button
            type="button"
            class="button quiet small"
            aria-label={`Redeliver ${delivery.messageId}`}
            onClick={() => again(delivery)}
          >
            Redeliver
          </button>
        </div>
      ),
    },
  ];
  return (
    <>
      <div class="inline-form">
        <Select
          label="Deliveries"
          value={status}
          options={states}
          onChange={(value) => {
            setStatus(value);
            setOffset(0);
          }}
        />
        <button
          type="button"
          class="button quiet"
          onClick={() => {
            page.reload();
            refreshed();
          }}
        >
          Refresh
        </button>
      </div>
      <Listed list={{ ...page, data: page.data && page.data.data }} empty="No message. They are kept for 30 days.">
        {(rows) => (
          <>
            <Table caption="Deliveries" columns={columns} rows={rows} rowKey={({ messageId }) => messageId} />
            <p class="soft card-text">{zoneNote(zone)}</p>
          </>
        )}
      </Listed>
      <Pager offset={offset} limit={LIMIT} total={page.data?.pagination?.total ?? 0} onMove={setOffset} />
      {shown && <Message delivery={shown} zone={zone} onClose={() => setShown(null)} />}
    </>
  );
}
