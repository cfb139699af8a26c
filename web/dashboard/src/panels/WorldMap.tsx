// The world, shaded by country, with a pulse where something happened. The list beside it says the same in words.
import { countries, size } from 'virtual:world';
import { country, plural } from '../format';
import { shade, type Pulse } from '../map';

export interface MapProps {
  /** Numbers by country code. */
  values: Record<string, number>;
  /** What is counted: "visitors". */
  unit: string;
  pulses?: Pulse[];
}

const middle = new Map(countries.map(([code, , x, y]) => [code, [x, y] as const]));

export function WorldMap({ values, unit, pulses = [] }: MapProps) {
  const most = Math.max(0, ...Object.entries(values).map(([code, value]) => (code === 'ZZ' ? 0 : value)));
  const one = unit.replace(/s$/, '');
  return (
    <svg class="map" viewBox={`0 0 ${size[0]} ${size[1]}`} aria-hidden="true">
      {countries.map(([code, path]) => {
        const value = values[code] ?? 0;
        return (
          <path key={path} d={path} data-country={code} data-some={value > 0} style={{ '--shade': shade(value, most) }}>
            <title>{`${country(code)}: ${plural(value, one)}`}</title>
          </path>
        );
      })}
      {pulses.map(({ id, country: code }) => {
        const at = middle.get(code);
        return at && <circle key={id} class="pulse" cx={at[0]} cy={at[1]} r="5" />;
      })}
    </svg>
  );
}
