// One step of the builder: what it matches, its name, its place.
import type { Goal } from '../goals/goal';
import { SeenList } from '../goals/Seen';
import { usualName, type Draft } from './funnel';

export interface Known {
  pages: string[];
  events: string[];
  /** Those that a step may be: no durations. */
  goals: Goal[];
}

interface Props {
  draft: Draft;
  index: number;
  count: number;
  known: Known;
  change: (part: Partial<Draft>) => void;
  move: (to: number) => void;
  /** Null: there are too few to take one away. */
  remove: (() => void) | null;
}

const matchTypes = { exact: 'is', contains: 'contains', regex: 'matches (RE2)' };

function PageFields({ draft, known, change, label }: Pick<Props, 'draft' | 'known' | 'change'> & { label: string }) {
  return (
    <>
      <select
        aria-label={`${label}: how the path is compared`}
        value={draft.matchType}
        onChange={(event) => change({ matchType: event.currentTarget.value as Draft['matchType'] })}
      >
        {Object.entries(matchTypes).map(([value, words]) => (
          <option key={value} value={value} selected={value === draft.matchType}>
            {words}
          </option>
        ))}
      </select>
      <SeenList values={known.pages}>
        {(list) => (
          <input
            aria-label={`${label}: path`}
            list={list}
            required
            maxLength={2048}
            placeholder="/pricing"
            value={draft.path}
            autocomplete="off"
            autocapitalize="none"
            spellcheck={false}
            dir="ltr"
            onInput={(event) => change({ path: event.currentTarget.value })}
          />
        )}
      </SeenList>
    </>
  );
}

function EventFields({ draft, known, change, label }: Pick<Props, 'draft' | 'known' | 'change'> & { label: string }) {
  return (
    <>
      <SeenList values={known.events}>
        {(list) => (
          <input
            aria-label={`${label}: event`}
            list={list}
            required
            maxLength={120}
            placeholder="signup"
            value={draft.eventAction}
            autocomplete="off"
            onInput={(event) => change({ eventAction: event.currentTarget.value })}
          />
        )}
      </SeenList>
      <input
        aria-label={`${label}: category, empty for any`}
        maxLength={120}
        placeholder="any category"
        value={draft.eventCategory}
        autocomplete="off"
        onInput={(event) => change({ eventCategory: event.currentTarget.value })}
      />
    </>
  );
}

function GoalField({ draft, known, change, label }: Pick<Props, 'draft' | 'known' | 'change'> & { label: string }) {
  return (
    <select
      aria-label={`${label}: goal`}
      required
      value={draft.goalId}
      onChange={(event) => change({ goalId: event.currentTarget.value })}
    >
      <option value="">Choose a goal</option>
      {known.goals.map(({ id, name }) => (
        <option key={id} value={id} selected={id === draft.goalId}>
          {name}
        </option>
      ))}
    </select>
  );
}

export function StepEditor({ draft, index, count, known, change, move, remove }: Props) {
  const label = `Step ${index + 1}`;
  const fields = { draft, known, change, label };
  const usual = usualName(draft, known.goals);
  const onKeyDown = (event: KeyboardEvent) => {
    const to = { ArrowUp: index - 1, ArrowDown: index + 1 }[event.key];
    if (to === undefined || !event.altKey) return;
    event.preventDefault();
    move(to);
  };
  return (
    <div class="step-in" role="group" aria-label={label} onKeyDown={onKeyDown}>
      <div class="step-fields">
        <select
          aria-label={`${label}: what happens`}
          value={draft.type}
          onChange={(event) => change({ type: event.currentTarget.value as Draft['type'] })}
        >
          <option value="pageview" selected={draft.type === 'pageview'}>
            Page
          </option>
          <option value="event" selected={draft.type === 'event'}>
            Event
          </option>
          <option value="goal" selected={draft.type === 'goal'} disabled={known.goals.length === 0}>
            Goal
          </option>
        </select>
        {draft.type === 'pageview' && <PageFields {...fields} />}
        {draft.type === 'event' && <EventFields {...fields} />}
        {draft.type === 'goal' && <GoalField {...fields} />}
        <input
          aria-label={`${label}: name`}
          maxLength={100}
          placeholder={usual ? `Name: ${usual}` : 'Name (optional)'}
          value={draft.name}
          autocomplete="off"
          onInput={(event) => change({ name: event.currentTarget.value })}
        />
      </div>
      <div class="step-tools">
        <button type="button" class="icon-button" disabled={index === 0} onClick={() => move(index - 1)}>
          <span aria-hidden="true">↑</span>
          <span class="sr-only">{label}: up</span>
        </button>
        <button type="button" class="icon-button" disabled={index === count - 1} onClick={() => move(index + 1)}>
          <span aria-hidden="true">↓</span>
          <span class="sr-only">{label}: down</span>
        </button>
        <button type="button" class="icon-button" disabled={!remove} onClick={() => remove?.()}>
          <span aria-hidden="true">✕</span>
          <span class="sr-only">{label}: take it away</span>
        </button>
      </div>
    </div>
  );
}
