// The world, shaded by country, with a pulse where something happened. The list beside it says the same in words.
import { useMemo } from 'preact/hooks';
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

const viewBox = `0 0 ${size[0]} ${size[1]}`;
const middle = new Map(countries.map(([code, , x, y]) => [code, [x, y] as const]));

export function WorldMap({ values, unit, pulses = [] }: MapProps) {
  const most = Math.max(0, ...Object.entries(values).map(([code, value]) => (code === 'ZZ' ? 0 : value)));
  const one = unit.replace(/s$/, '');
  const land = useMemo(
    () => (
      <svg class="map" viewBox={viewBox} aria-hidden="true">
        {countries.map(([code, path]) => {
          const value = values[code] ?? 0;
          const style = { '--shade': shade(value, most) };
          return (
            <path key={path} d={path} data-country={code} data-some={value > 0} style={style}>
              <title>{`${country(code)}: ${plural(value, one)}`}</title>
            </path>
          );
        })}
      </svg>
    ),
    [values, unit],
  );
  return (
    <>
      {land}
      {pulses.length > 0 && <Pulses pulses={pulses} />}
    </>
  );
}

/** A layer of its own: what moves in it does not paint the countries anew. */
function Pulses({ pulses }: { pulses: Pulse[] }) {
  return (
    <svg class="map-pulses" viewBox={viewBox} aria-hidden="true">
      {pulses.map(({ id, country: code }) => {
        const at = middle.get(code);
        return at && <circle key={id} class="pulse" cx={at[0]} cy={at[1]} r="5" />;
      })}
    </svg>
  );
}
