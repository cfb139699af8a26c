// Several lists in one card. Arrow keys move between the tabs, as the ARIA pattern has it.
import { useId, useRef, useState } from 'preact/hooks';
import type { ComponentChildren } from 'preact';
import type { Term as Name } from '../definitions';
import { Term } from './Term';

export interface Tab {
  key: string;
  label: string;
  /** What its values are, and what that means. */
  unit: string;
  term: Name;
  body: () => ComponentChildren;
}

export function Tabs({ label, area, tabs }: { label: string; area: string; tabs: Tab[] }) {
  const [chosen, choose] = useState(0);
  const shown = tabs[chosen];
  const id = useId();
  const bar = useRef<HTMLDivElement>(null);
  const go = (index: number) => {
    const next = (index + tabs.length) % tabs.length;
    choose(next);
    bar.current?.querySelectorAll('button')[next]?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const target = { ArrowRight: chosen + 1, ArrowLeft: chosen - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    go(target);
  };
  return (
    <section class={`card ${area}`} aria-label={label}>
      <header class="card-head tab-head">
        <div class="tabs" role="tablist" aria-label={label} ref={bar} onKeyDown={onKeyDown}>
          {tabs.map((tab, i) => (
            <button
              key={tab.key}
              type="button"
              role="tab"
              id={`${id}-tab-${i}`}
              class="tab"
              aria-selected={i === chosen}
              aria-controls={`${id}-panel`}
              tabIndex={i === chosen ? 0 : -1}
              onClick={() => choose(i)}
            >
              {tab.label}
            </button>
          ))}
        </div>
        {shown && (
          <span class="unit">
            <Term name={shown.term} label={shown.unit} />
          </span>
        )}
      </header>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-tab-${chosen}`}>
        {shown?.body()}
      </div>
    </section>
  );
}
