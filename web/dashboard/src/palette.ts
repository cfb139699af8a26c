// Which choices a search finds. Pure.

export interface Choice {
  label: string;
  /** What kind of thing it is: Page, Site, Period, Action. */
  group: string;
  href?: string;
  run?: () => void;
}

const SHOWN = 12;

/** Every word of the search must be in the label or the group; labels that begin with the search come first. */
export function matching(choices: Choice[], text: string): Choice[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const rank = (choice: Choice) => (choice.label.toLowerCase().startsWith(words.join(' ')) ? 0 : 1);
  return choices
    .filter(({ label, group }) => words.every((word) => `${label} ${group}`.toLowerCase().includes(word)))
    .sort((a, b) => rank(a) - rank(b))
    .slice(0, SHOWN);
}
