// What keys bring up: the help, and the palette that goes anywhere by its name.
import { useLocation } from 'preact-iso';
import { useMemo, useRef, useState } from 'preact/hooks';
import { keyHelp } from '../keys';
import { matching, type Choice } from '../palette';
import { Dialog } from './Dialog';

export function Help({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl class="keys">
        {keyHelp.map(([key, meaning]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <p class="soft">A click on a row filters the page by it; with Alt it leaves the row out.</p>
    </Dialog>
  );
}

/** A combobox of the ARIA pattern: the focus stays in the field, arrows move the choice. */
export function Palette({ choices, onClose }: { choices: Choice[]; onClose: () => void }) {
  const { route } = useLocation();
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const found = useMemo(() => matching(choices, text), [choices, text]);
  const take = (choice: Choice | undefined) => {
    if (!choice) return;
    onClose();
    if (choice.href) route(choice.href);
    choice.run?.();
  };
  const move = (to: number) => {
    const next = (to + found.length) % Math.max(1, found.length);
    setAt(next);
    list.current?.children[next]?.scrollIntoView({ block: 'nearest' });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') move(at + 1);
    else if (event.key === 'ArrowUp') move(at - 1);
    else if (event.key === 'Enter') take(found[at]);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title="Go to" onClose={onClose}>
      <input
        class="palette-input"
        role="combobox"
        aria-label="Search pages, sites and actions"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-autocomplete="list"
        {...(found.length > 0 ? { 'aria-activedescendant': `palette-${at}` } : {})}
        autofocus
        autocomplete="off"
        spellcheck={false}
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <ul id="palette-list" role="listbox" aria-label="Results" class="palette" ref={list}>
        {found.map((choice, i) => (
          <li
            key={choice.group + choice.label + (choice.href ?? '')}
            id={`palette-${i}`}
            role="option"
            aria-selected={i === at}
            onPointerEnter={() => setAt(i)}
            onClick={() => take(choice)}
          >
            <bdi>{choice.label}</bdi>
            <span class="soft">{choice.group}</span>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p class="empty">Nothing has this name.</p>}
    </Dialog>
  );
}
