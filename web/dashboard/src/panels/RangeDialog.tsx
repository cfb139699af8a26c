// Any range of days.
import { useState } from 'preact/hooks';
import { parsePeriod } from '../period';
import type { Looking } from '../view';
import { Dialog } from './Dialog';
import { Field } from './Field';

export interface RangeProps {
  look: Looking;
  onClose: () => void;
}

export function RangeDialog({ look, onClose }: RangeProps) {
  const [from, setFrom] = useState(look.days.from);
  const [to, setTo] = useState(look.days.to);
  const period = parsePeriod('custom', from, to);
  return (
    <Dialog title="Any range" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!period) return;
          onClose();
          look.change({ period, interval: null });
        }}
      >
        <Field label="From">
          {(ids) => (
            <input
              {...ids}
              type="date"
              required
              max={look.today}
              value={from}
              onInput={(e) => setFrom(e.currentTarget.value)}
            />
          )}
        </Field>
        <Field label="To" hint="Both days are included, at most 366 of them.">
          {(ids) => (
            <input
              {...ids}
              type="date"
              required
              min={from}
              max={look.today}
              value={to}
              onInput={(e) => setTo(e.currentTarget.value)}
            />
          )}
        </Field>
        <button type="submit" class="button wide" disabled={!period}>
          Show
        </button>
      </form>
    </Dialog>
  );
}
