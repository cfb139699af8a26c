// Journeys as a picture. It is for the eye and the mouse; the table beside it says the same to everybody else.
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { apart, count, plural } from '../../format';
import type { Journeys } from '../../types';
import { diagramOf, nameOf, range, stepName, type Box } from './layout';

const LETTERS = 22;

/** The end of a long path says more than its beginning. */
function shortened(path: string): string {
  const letters = [...path];
  return letters.length > LETTERS ? `…${letters.slice(1 - LETTERS).join('')}` : path;
}

interface Props {
  journeys: Journeys;
  steps: number;
  anchor: 'start' | 'end';
  choose: (path: string) => void;
}

function Words({ box }: { box: Box }) {
  const name = apart(shortened(nameOf(box.path)));
  return (
    <g transform={`translate(${box.x + box.width + 8} ${box.y + box.height / 2})`}>
      <text class="sankey-path" dy="0.35em">
        {name}
        <tspan class="sankey-count" dx="8">
          {count(box.sessions)}
        </tspan>
      </text>
    </g>
  );
}

export function Sankey({ journeys, steps, choose, anchor }: Props) {
  const diagram = useMemo(() => diagramOf(journeys, steps), [journeys, steps]);
  const [over, setOver] = useState<Box | null>(null);
  const box = useRef<HTMLDivElement>(null);
  // Where the picture is wider than its box, the anchored side is what counts: the first steps of visits may be empty.
  useLayoutEffect(() => {
    if (box.current) box.current.scrollLeft = anchor === 'end' ? box.current.scrollWidth : 0;
  }, [anchor, steps]);
  const touches = (step: number, from: string, to: string) =>
    over !== null && ((over.step === step && over.path === from) || (over.step === step + 1 && over.path === to));
  return (
    <div ref={box} class="sankey-box" tabIndex={0} role="region" aria-label="The picture, which scrolls">
      <ol
        class="sankey-steps"
        style={{ '--width': `${diagram.width}px`, '--between': steps - 1, '--column': `${diagram.column}px` }}
        aria-hidden="true"
      >
        {range(steps).map((step) => (
          <li key={step} class="soft">
            {stepName(step, steps, anchor)}
          </li>
        ))}
      </ol>
      <svg
        class="sankey"
        width={diagram.width}
        height={diagram.height}
        viewBox={`0 0 ${diagram.width} ${diagram.height}`}
        aria-hidden="true"
        data-over={over !== null}
      >
        {diagram.bands.map((band) => (
          <path
            key={band.id}
            class="sankey-band"
            d={band.path}
            stroke-width={band.width}
            data-over={touches(band.step, band.from, band.to)}
          >
            <title>{`${apart(band.from)} → ${apart(band.to)}: ${plural(band.sessions, 'visit')}`}</title>
          </path>
        ))}
        {diagram.boxes.map((box) => (
          <g
            key={box.id}
            class="sankey-node"
            data-choosable={box.path !== '(other)'}
            onMouseEnter={() => setOver(box)}
            onMouseLeave={() => setOver(null)}
            onClick={() => box.path !== '(other)' && choose(box.path)}
          >
            <title>
              {`${apart(box.path)}: ${plural(box.sessions, 'visit')}${box.ended > 0 ? `, ${count(box.ended)} ended here` : ''}`}
            </title>
            <rect x={box.x} y={box.y} width={box.width} height={box.height} rx="3" />
            <Words box={box} />
          </g>
        ))}
      </svg>
    </div>
  );
}
