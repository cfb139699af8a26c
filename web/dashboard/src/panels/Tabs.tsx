// Several views in one card. Arrow keys move between the tabs, as the ARIA pattern has it.
import type { ComponentChildren } from 'preact';
import { useId, useRef } from 'preact/hooks';
import { useChosenInView } from '../in-view';

export interface Tab {
  key: string;
  label: string;
  body: () => ComponentChildren;
}

interface Props {
  label: string;
  area?: string;
  tabs: Tab[];
  /** Key of the tab in front; an unknown one is the first. */
  chosen: string;
  choose: (key: string) => void;
  /** At the right of the tabs. */
  side?: ComponentChildren;
}

export function Tabs({ label, area = '', tabs, chosen, choose, side }: Props) {
  const at = Math.max(
    0,
    tabs.findIndex(({ key }) => key === chosen),
  );
  const id = useId();
  const bar = useRef<HTMLDivElement>(null);
  useChosenInView(bar, at);
  const onKeyDown = (event: KeyboardEvent) => {
    const target = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    const next = (target + tabs.length) % tabs.length;
    choose(tabs[next]?.key ?? '');
    bar.current?.querySelectorAll('button')[next]?.focus();
  };
  return (
    <section class={`card padded ${area}`} aria-label={label}>
      <header class="card-head tab-head">
        <div class="tabs" role="tablist" aria-label={label} ref={bar} onKeyDown={onKeyDown}>
          {tabs.map((tab, i) => (
            <button
              key={tab.key}
              type="button"
              role="tab"
              id={`${id}-tab-${i}`}
              class="tab"
              aria-selected={i === at}
              aria-controls={`${id}-panel`}
              tabIndex={i === at ? 0 : -1}
              onClick={() => choose(tab.key)}
            >
              {tab.label}
            </button>
          ))}
        </div>
        {side}
      </header>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-tab-${at}`}>
        {tabs[at]?.body()}
      </div>
    </section>
  );
}
