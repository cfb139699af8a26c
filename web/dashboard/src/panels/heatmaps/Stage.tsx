// The page at its true width, scaled to fit, with the heat above it.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { addressOf, frameOf, heightOf, hottest, stripsOf, type Device, type Heatmap } from './heat';
import { Canvas } from './Canvas';
import type { Shot } from './use-picture';

interface Props {
  domain: string;
  path: string;
  device: Device | null;
  /** What is shown; in a comparison what was before stands first. */
  maps: Heatmap[];
  /** The page itself stands behind the heat, else its picture, else a grid. */
  page: boolean;
  picture: Shot | null;
  /** Of the heat, 0–1. */
  opacity: number;
  /** Where "before" ends and "after" begins, 0–1. */
  divider: number;
  /** A place to point at. */
  spot: { x: number; y: number } | null;
}

/** How much smaller than the frame the box is; never larger. */
function useFit(width: number) {
  const box = useRef<HTMLDivElement>(null);
  const [fit, setFit] = useState(1);
  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const measure = () => setFit(Math.min(1, element.clientWidth / width));
    const watch = new ResizeObserver(measure);
    watch.observe(element);
    measure();
    return () => watch.disconnect();
  }, [width]);
  return { box, fit };
}

function Backdrop({ page, domain, path, picture }: Pick<Props, 'page' | 'domain' | 'path' | 'picture'>) {
  if (!page && picture) return <img class="heat-behind" src={picture.url} alt={`Picture of ${path}`} />;
  if (!page) return <div class="heat-behind heat-grid" />;
  // Nothing is allowed in it, scripts above all: looking at the page must not count as a visit.
  return (
    <iframe
      class="heat-behind"
      title={`The page ${path}`}
      src={addressOf(domain, path)}
      sandbox=""
      referrerpolicy="no-referrer"
      tabIndex={-1}
    />
  );
}

/** Words at heights: shares of scrolling, the fold, seconds of attention. */
function Labels({ map, height }: { map: Heatmap; height: number }): ComponentChildren {
  if (map.type === 'scroll') {
    return (
      <>
        {map.scrollDepth.map(({ depth, percentage }) => (
          <span key={depth} class="heat-label" style={{ top: `${Math.min(depth, 97)}%` }}>
            {Math.round(percentage)}% saw this
          </span>
        ))}
        <span class="heat-fold" style={{ top: `${(100 * map.foldHeight) / height}%` }}>
          usual end of the first window
        </span>
      </>
    );
  }
  return stripsOf(map, height).map(({ y, label }) => (
    <span key={y} class="heat-label" style={{ top: `${(100 * y) / height}%` }}>
      {label}
    </span>
  ));
}

export function Stage({ device, maps, opacity, divider, spot, ...behind }: Props) {
  const { width } = frameOf(device);
  const height = heightOf(maps, device, behind.page ? null : behind.picture);
  const { box, fit } = useFit(width);
  const most = hottest(maps);
  const latest = maps.at(-1);
  return (
    <div ref={box} class="heat-box" tabIndex={0} role="region" aria-label="The page with its heat">
      <div class="heat-room" style={{ width: `${width * fit}px`, height: `${height * fit}px` }}>
        <div class="heat-stage" style={{ width: `${width}px`, height: `${height}px`, transform: `scale(${fit})` }}>
          <Backdrop {...behind} />
          {maps.map((map, i) => (
            <Canvas
              key={i}
              map={map}
              width={width}
              height={height}
              most={most}
              opacity={opacity}
              from={maps.length > 1 && i === 1 ? divider : 0}
              to={maps.length > 1 && i === 0 ? divider : 1}
            />
          ))}
          <div class="heat-labels" aria-hidden="true">
            {latest && <Labels map={latest} height={height} />}
            {maps.length > 1 && <span class="heat-divider" style={{ left: `${divider * 100}%` }} />}
            {spot && <span class="heat-spot" style={{ left: `${spot.x}px`, top: `${spot.y}px` }} />}
          </div>
        </div>
      </div>
    </div>
  );
}
