// The heat itself: points are blurred by simpleheat, strips are filled. It is drawn anew when its data change.
import { useEffect, useRef } from 'preact/hooks';
import simpleheat from 'simpleheat';
import { canvasScale, colour, gradient, pointsOf, stripsOf, type Heatmap } from './heat';

const RADIUS = { click: 24, move: 28 };
const FAINTEST = 0.12;

function drawStrips(pen: CanvasRenderingContext2D, map: Heatmap, width: number, height: number): void {
  for (const { y, height: tall, heat } of stripsOf(map, height)) {
    pen.fillStyle = colour(heat);
    pen.fillRect(0, y, width, tall + 0.5);
  }
}

interface Props {
  map: Heatmap;
  width: number;
  height: number;
  /** The weight that is hottest. */
  most: number;
  opacity: number;
  /** The part that shows, 0–1 from the left. */
  from?: number;
  to?: number;
}

export function Canvas({ map, width, height, most, opacity, from = 0, to = 1 }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const scale = canvasScale(width, height);
  useEffect(() => {
    const element = canvas.current;
    // Colouring reads the pixels back, so they stay where the processor can.
    const pen = element?.getContext('2d', { willReadFrequently: true });
    if (!element || !pen) return;
    pen.clearRect(0, 0, element.width, element.height);
    const points = pointsOf(map);
    if (map.type === 'click' || map.type === 'move') {
      const radius = Math.max(4, RADIUS[map.type] * scale);
      simpleheat(element)
        .data(points.map(({ x, y, weight }) => [x * scale, y * scale, weight]))
        .max(most)
        .radius(radius, radius)
        .gradient(gradient)
        .draw(FAINTEST);
      return;
    }
    pen.save();
    pen.scale(scale, scale);
    drawStrips(pen, map, width, height);
    pen.restore();
  }, [map, width, height, most, scale]);
  const right = `${(1 - to) * 100}%`;
  const left = `${from * 100}%`;
  return (
    <canvas
      ref={canvas}
      class="heat-canvas"
      width={Math.round(width * scale)}
      height={Math.round(height * scale)}
      aria-hidden="true"
      style={{ opacity, clipPath: `inset(0 ${right} 0 ${left})` }}
    />
  );
}
