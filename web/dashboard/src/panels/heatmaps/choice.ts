// What a heatmap page looks at, beside the period: all of it stands in the address. Pure.
import { devices, types, type Device, type HeatmapType } from './heat';
import type { Behind } from './Stage';

export interface Choice {
  path: string;
  type: HeatmapType;
  /** Null: all together. */
  device: Device | null;
  behind: Behind;
  /** With the period before, beside a divider. */
  compare: boolean;
}

/** Reads the address; what it says wrongly is the default. */
export function choiceOf(more: Record<string, string>): Choice {
  return {
    path: more['path'] ?? '',
    type: types.find(({ value }) => value === more['type'])?.value ?? 'click',
    device: devices.find((device) => device === more['device']) ?? null,
    behind: (['page', 'grid'] as const).find((one) => one === more['behind']) ?? 'picture',
    compare: more['before'] === 'on',
  };
}
