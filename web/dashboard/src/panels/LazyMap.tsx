// The world map, loaded when it is first shown; its place is kept meanwhile.
import { lazily } from './lazily';
import type { MapProps } from './WorldMap';

const Map = lazily<MapProps>(() => import('./WorldMap').then(({ WorldMap }) => WorldMap));

export function LazyMap(props: MapProps) {
  return (
    <div class="map-box">
      <Map {...props} />
    </div>
  );
}
