// A page of several sections, each with an address of its own.
import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { useChosenInView } from '../../in-view';

export interface Section {
  key: string;
  label: string;
  body: () => ComponentChildren;
}

interface Props {
  label: string;
  /** Address of a section. */
  href: (key: string) => string;
  sections: Section[];
  /** Key of the section on view; an unknown one is the first. */
  chosen: string;
  /** Further links below the sections. */
  children?: ComponentChildren;
}

export function Sections({ label, href, sections, chosen, children }: Props) {
  const shown = sections.find(({ key }) => key === chosen) ?? sections[0];
  const nav = useRef<HTMLElement>(null); // a line, on a narrow screen
  useChosenInView(nav, shown?.key);
  return (
    <div class="sections">
      <nav class="sections-nav" aria-label={label} ref={nav}>
        <ul>
          {sections.map(({ key, label: name }) => (
            <li key={key}>
              <a href={href(key)} aria-current={key === shown?.key ? 'page' : undefined}>
                {name}
              </a>
            </li>
          ))}
          {children}
        </ul>
      </nav>
      <div class="sections-body" key={shown?.key}>
        {shown?.body()}
      </div>
    </div>
  );
}
