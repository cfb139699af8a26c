// What a heatmap page looks at, beside the period: all of it stands in the address. The page itself behind the heat does not: a link that
// somebody sends must not make the reader's browser ask a foreign host. Pure.
import { devices, types, type Device, type HeatmapType } from './heat';

export interface Choice {
  path: string;
  /** Null: the first one of which the page has data. */
  type: HeatmapType | null;
  /** Null: all together. */
  device: Device | null;
  /** With the period before, beside a divider. */
  compare: boolean;
}

/** Reads the address; what it says wrongly is the default. */
export function choiceOf(more: Record<string, string>): Choice {
  return {
    path: more['path'] ?? '',
    type: types.find(({ value }) => value === more['type'])?.value ?? null,
    device: devices.find((device) => device === more['device']) ?? null,
    compare: more['before'] === 'on',
  };
}

/** The choice with a kind: the asked one, else the first that was recorded; clicks where nothing is known. */
export type Chosen = Choice & { type: HeatmapType };

/** What a page has, as the list of pages tells it. */
export interface Recorded {
  path: string;
  hasClick: boolean;
  hasScroll: boolean;
  hasMove: boolean;
}

/** Completes the choice from the pages with data: the page with most clicks, and a kind that it has. */
export function completed(choice: Choice, pages: Recorded[]): Chosen {
  const path = choice.path || (pages[0]?.path ?? '');
  return { ...choice, path, type: choice.type ?? usualType(pages.find((page) => page.path === path)) };
}

function usualType(page: Recorded | undefined): HeatmapType {
  if (!page || page.hasClick) return 'click';
  if (page.hasScroll) return 'scroll';
  return page.hasMove ? 'move' : 'click';
}
