// The builder of funnels: steps that complete from what was seen, moved by dragging, by buttons or by Alt and the arrows.
import { useRef, useState } from 'preact/hooks';
import { useServices } from '../../context';
import { text, useSubmit } from '../../form';
import { useLoad } from '../../load';
import { toast } from '../../toast';
import type { Site } from '../../types';
import { Dialog } from '../Dialog';
import { Field, FormError, Switch } from '../Field';
import type { Goal } from '../goals/goal';
import { useSeen } from '../goals/Seen';
import { draftsOf, emptyDraft, LEAST_STEPS, MOST_STEPS, moved, stepBody, type Draft, type Funnel } from './funnel';
import { StepEditor, type Known } from './StepEditor';

const MINUTE = 60;
const USUAL_WINDOW = 60;

function useKnown(site: Site): Known {
  const { api } = useServices();
  const goals = useLoad(`goals ${site.id}`, () => api.get<Goal[]>('/api/goals', { siteId: site.id }));
  return {
    pages: useSeen(site, 'page'),
    events: useSeen(site, 'event'),
    goals: goals.kind === 'done' ? goals.data.filter(({ type }) => type !== 'duration') : [],
  };
}

interface StepsProps {
  drafts: Draft[];
  known: Known;
  set: (drafts: Draft[]) => void;
}

function Steps({ drafts, known, set }: StepsProps) {
  const [dragged, drag] = useState<number | null>(null);
  const [said, say] = useState('');
  const move = (from: number, to: number) => {
    const next = moved(drafts, from, to);
    if (next === drafts) return;
    set(next);
    say(`Step ${from + 1} is step ${to + 1} now.`);
  };
  const change = (index: number, part: Partial<Draft>) =>
    set(drafts.map((draft, i) => (i === index ? { ...draft, ...part } : draft)));
  return (
    <>
      <ol class="steps" aria-label="Steps">
        {drafts.map((draft, index) => (
          <li
            key={draft.key}
            class="step"
            data-dragged={dragged === index}
            onDragOver={(event) => {
              if (dragged === null) return;
              event.preventDefault();
              if (dragged === index) return;
              move(dragged, index);
              drag(index);
            }}
            onDrop={(event) => event.preventDefault()}
          >
            <span
              class="step-grip"
              draggable
              title="Drag to another place"
              aria-hidden="true"
              onDragStart={(event) => {
                event.dataTransfer?.setData('text/plain', String(index));
                drag(index);
              }}
              onDragEnd={() => drag(null)}
            >
              ⠿ {index + 1}
            </span>
            <StepEditor
              draft={draft}
              index={index}
              count={drafts.length}
              known={known}
              change={(part) => change(index, part)}
              move={(to) => move(index, to)}
              remove={drafts.length > LEAST_STEPS ? () => set(drafts.filter((_, i) => i !== index)) : null}
            />
          </li>
        ))}
      </ol>
      <p class="sr-only" role="status">
        {said}
      </p>
    </>
  );
}

interface Props {
  site: Site;
  /** The one to change; null: a new one. */
  funnel: Funnel | null;
  onClose: (made: Funnel | null) => void;
}

export function FunnelForm({ site, funnel, onClose }: Props) {
  const { api } = useServices();
  const known = useKnown(site);
  const [drafts, setDrafts] = useState(() => draftsOf(funnel));
  const keys = useRef(drafts.length);
  const { busy, error, onSubmit } = useSubmit(async (form) => {
    const body = {
      name: text(form, 'name').trim(),
      timeWindow: Math.round(Number(text(form, 'window')) * MINUTE),
      steps: drafts.map((draft) => stepBody(draft, known.goals)),
      backfill: form.has('backfill'),
    };
    const made = funnel
      ? await api.patch<Funnel>(`/api/funnels/${funnel.id}`, body)
      : await api.post<Funnel>('/api/funnels', { siteId: site.id, ...body });
    toast(funnel ? 'The funnel was changed.' : 'The funnel was made.');
    onClose(made);
  });
  return (
    <Dialog title={funnel ? `Change ${funnel.name}` : 'New funnel'} wide onClose={() => onClose(null)}>
      <form onSubmit={onSubmit}>
        <Field label="Name">
          {(ids) => (
            <input {...ids} name="name" required maxLength={100} defaultValue={funnel?.name ?? ''} autocomplete="off" />
          )}
        </Field>
        <Steps drafts={drafts} known={known} set={setDrafts} />
        <button
          type="button"
          class="button quiet"
          disabled={drafts.length >= MOST_STEPS}
          onClick={() => setDrafts([...drafts, emptyDraft(++keys.current)])}
        >
          Add a step
        </button>
        <Field
          label="Minutes for the whole way"
          hint="Counted from the first step. A visitor is known for one day, so more than a day changes nothing."
        >
          {(ids) => (
            <input
              {...ids}
              name="window"
              type="number"
              required
              min={1}
              max={43_200}
              step="any"
              defaultValue={String(funnel ? funnel.timeWindow / MINUTE : USUAL_WINDOW)}
            />
          )}
        </Field>
        <Switch label="Count what happened before, too" name="backfill" checked />
        <FormError error={error} />
        <button type="submit" class="button wide" disabled={busy}>
          {funnel ? 'Change' : 'Make the funnel'}
        </button>
      </form>
    </Dialog>
  );
}
